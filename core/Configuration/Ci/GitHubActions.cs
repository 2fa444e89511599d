using System.Globalization;
using System.Text.Json;

namespace BuildCache.Configuration.Ci;

/// <summary>GitHub Actions, and what speaks like it.</summary>
internal sealed class GitHubActions(CiVariables variables) : CiService("GitHub Actions")
{
    // What GitHub sends to others is at most 25 MB.
    private const long LargestEvent = 32 << 20;

    /// <inheritdoc/>
    public override FoundValue? Run => variables.First("GITHUB_RUN_ID") is { } id
        // The number counts in one repository. Without the attempt: jobs that are not repeated have saved what repeated ones need.
        ? NameRun("github", id, variables["GITHUB_SERVER_URL"], variables["GITHUB_REPOSITORY"])
        : null;

    /// <inheritdoc/>
    public override FoundValue? Branch
    {
        get
        {
            if (variables.First("GITHUB_HEAD_REF") is not { } head)
            {
                return variables.First("GITHUB_REF") is { } reference ? reference with { Value = BranchName.OfReference(reference.Value) } : null;
            }

            // The variable does not tell a fork's branch from one of the repository; the event does.
            (string? repository, string? number) = ReadEvent();
            return repository is not null && repository.Equals(variables["GITHUB_REPOSITORY"], StringComparison.OrdinalIgnoreCase)
                ? head with { Value = BranchName.OfBranch(head.Value) }
                : PullRequest(number is null ? NumberInReference() : new FoundValue(number, "GITHUB_EVENT_PATH"));
        }
    }

    private FoundValue? NumberInReference() =>
        variables.First("GITHUB_REF") is { } reference && reference.Value.Split('/') is ["refs", "pull", { Length: > 0 } number, ..]
            ? reference with { Value = number }
            : null;

    private (string? Repository, string? Number) ReadEvent()
    {
        try
        {
            if (variables["GITHUB_EVENT_PATH"] is not { } path || new FileInfo(path) is not { Exists: true, Length: <= LargestEvent })
            {
                return default;
            }

            using FileStream file = File.OpenRead(path);
            using JsonDocument document = JsonDocument.Parse(file);
            JsonElement request = Child(document.RootElement, "pull_request");
            JsonElement repository = Child(Child(Child(request, "head"), "repo"), "full_name");
            JsonElement number = Child(request, "number");
            return (repository.ValueKind == JsonValueKind.String ? repository.GetString() : null,
                number.ValueKind == JsonValueKind.Number && number.TryGetInt64(out long value) ? value.ToString(CultureInfo.InvariantCulture) : null);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or JsonException or InvalidOperationException)
        {
            return default;
        }
    }

    private static JsonElement Child(JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out JsonElement child) ? child : default;
}
