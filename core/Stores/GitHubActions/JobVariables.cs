namespace BuildCache.Stores.GitHubActions;

/// <summary>Where the service is and what lets this job use it. The token is secret and stands in no message.</summary>
internal sealed record JobVariables(Uri Service, string Token)
{
    private const string UrlVariable = "ACTIONS_RESULTS_URL";
    private const string TokenVariable = "ACTIONS_RUNTIME_TOKEN";

    /// <summary>Reads the variables of the job.</summary>
    /// <exception cref="BuildCacheException"><see cref="ErrorId.StoreUnavailable"/>: one is not set. <see cref="ErrorId.StoreUnsuitable"/>: the first is no URL.</exception>
    public static JobVariables Read(Func<string, string?> environment)
    {
        string? url = environment(UrlVariable);
        string? token = environment(TokenVariable);
        if (string.IsNullOrWhiteSpace(url) || string.IsNullOrWhiteSpace(token))
        {
            throw new BuildCacheException(ErrorId.StoreUnavailable,
                $"GitHub's cache service is found by the variables {UrlVariable} and {TokenVariable}, and {(string.IsNullOrWhiteSpace(url) ? UrlVariable : TokenVariable)} is not set. "
                + "GitHub sets them only for the actions of a job, not for its 'run' steps: hand them on in a step before, with 'uses: actions/github-script@v7' and the script "
                + $"\"core.exportVariable('{UrlVariable}', process.env.{UrlVariable}); core.exportVariable('{TokenVariable}', process.env.{TokenVariable})\". Outside of GitHub Actions use another store.");
        }

        return Uri.TryCreate(url.Trim(), UriKind.Absolute, out Uri? service) && (service.Scheme == Uri.UriSchemeHttps || service.Scheme == Uri.UriSchemeHttp)
            ? new JobVariables(service, token.Trim())
            : throw new BuildCacheException(ErrorId.StoreUnsuitable,
                $"The variable {UrlVariable} holds no http or https URL. Hand on the value that GitHub sets for the actions of a job.");
    }

    /// <summary>Nothing of it is for people to read.</summary>
    public override string ToString() => nameof(JobVariables);
}
