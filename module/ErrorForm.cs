using System.Management.Automation;
using BuildCache.Commands;

namespace BuildCache.PowerShell;

/// <summary>What is kept of an error. Where in a script it came from is not: the script may stand elsewhere by then.</summary>
internal static class ErrorForm
{
    public static RecordedBag Of(ErrorRecord error) => new(
        [
            ("Message", Text(error.Exception.Message)),
            ("Id", Text(error.FullyQualifiedErrorId)),
            ("Category", Text(error.CategoryInfo.Category.ToString())),
            ("Activity", Text(error.CategoryInfo.Activity)),
            ("Reason", Text(error.CategoryInfo.Reason)),
            ("TargetName", Text(error.CategoryInfo.TargetName)),
            ("TargetType", Text(error.CategoryInfo.TargetType)),
            ("Details", Text(error.ErrorDetails?.Message)),
            ("Action", Text(error.ErrorDetails?.RecommendedAction)),
        ],
        []);

    /// <summary>Makes an error of whatever the bag has; all else is empty.</summary>
    public static ErrorRecord ToRecord(RecordedBag? bag)
    {
        string? Get(string name) => BagText.Get(bag, name);
        ErrorCategory category = Enum.TryParse(Get("Category"), out ErrorCategory known) && Enum.IsDefined(known) ? known : ErrorCategory.NotSpecified;
        string message = Get("Message") ?? "";
        ErrorRecord record = RecordedError.Make(message, Get("Id") ?? "", category, Get("Activity"), Get("Reason"), Get("TargetName"), Get("TargetType"));
        if (Get("Details") is not null || Get("Action") is not null)
        {
            record.ErrorDetails = new ErrorDetails(Get("Details") ?? message) { RecommendedAction = Get("Action") ?? "" };
        }

        return record;
    }

    private static RecordedScalar? Text(string? text) => text is null ? null : new RecordedScalar(text);
}
