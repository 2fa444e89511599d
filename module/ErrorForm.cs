using System.Management.Automation;
using BuildCache.Commands;

namespace BuildCache.PowerShell;

/// <summary>What is kept of an error. Where in a script it came from is not: the script may stand elsewhere by then.</summary>
internal static class ErrorForm
{
    public static RecordedBag Of(ErrorRecord error) => new(
        [
            ("Message", BagText.Of(error.Exception.Message)),
            ("Id", BagText.Of(error.FullyQualifiedErrorId)),
            ("Category", BagText.Of(error.CategoryInfo.Category.ToString())),
            ("Activity", BagText.Of(error.CategoryInfo.Activity)),
            ("Reason", BagText.Of(error.CategoryInfo.Reason)),
            ("TargetName", BagText.Of(error.CategoryInfo.TargetName)),
            ("TargetType", BagText.Of(error.CategoryInfo.TargetType)),
            ("Details", BagText.Of(error.ErrorDetails?.Message)),
            ("Action", BagText.Of(error.ErrorDetails?.RecommendedAction)),
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
}
