using System.Text;
using BuildCache.Content;
using BuildCache.Entries;
using BuildCache.Files;
using BuildCache.Keys;

namespace BuildCache.Commands;

/// <summary>Looks for the values of secrets, plain or in an encoding that logs use, in all that would be stored of a command.</summary>
/// <remarks>A net for mistakes: a secret that was encrypted, compressed, cut in pieces or encoded twice is not found.</remarks>
internal sealed class SecretScan
{
    // What a command prints or configures is small; what is larger is taken to be a product that no secret gets into by mistake.
    private const long LargestFile = 16 * 1024 * 1024;

    private readonly IReadOnlyList<string> _secrets;
    private readonly SecretForms _forms;

    public SecretScan(IReadOnlyList<string> secrets) => (_secrets, _forms) = (secrets, new SecretForms(secrets));

    /// <returns>Where one stands, for people, or <see langword="null"/>.</returns>
    public string? Find(CommandRequest request, Fingerprint inputs, CommandRecording recording, IReadOnlyList<PathToSave> made, CancellationToken cancellationToken) =>
        FindInKey(request, inputs) ?? FindInText(recording) ?? FindInFiles(made, cancellationToken);

    // Names are stored as they are, and values by a digest that is easy to guess for who knows half of it.
    private string? FindInKey(CommandRequest request, Fingerprint inputs)
    {
        if (request.Name.Any(_forms.AreIn))
        {
            return "its name";
        }

        HashSet<Digest> values = [.. _secrets.Where(secret => secret.Length > 0).Select(FingerprintBuilder.OfValue)];
        foreach (FingerprintInput input in inputs.Inputs)
        {
            if (_forms.AreIn(input.Name))
            {
                return $"the name of an input of the kind '{input.Kind}'";
            }

            if (values.Contains(input.Digest))
            {
                return $"the input '{input.Kind} {input.Name}'";
            }
        }

        return null;
    }

    private string? FindInText(CommandRecording recording)
    {
        const string Prints = "what it prints";
        foreach (RecordedItem item in recording.Items)
        {
            if (item.Texts.Any(_forms.AreIn) || BytesOf(item.Value).Any(_forms.AreIn))
            {
                return Prints;
            }
        }

        // A secret of several lines comes line by line, and a long one in base64 too.
        return recording.Items.GroupBy(item => item.Channel).Any(items => _forms.AreIn(Joined(items))) ? Prints : null;
    }

    private static string Joined(IEnumerable<RecordedItem> items)
    {
        var all = new StringBuilder();
        foreach (RecordedItem item in items)
        {
            all.AppendJoin('\n', item.IsOpen ? [item.OpenText ?? ""] : item.Texts);
            // A line that is too long comes in pieces.
            if (!item.IsOpen && !(item.Line?.Length >= ProcessOutput.LongestLine - 1))
            {
                all.Append('\n');
            }
        }

        return all.ToString();
    }

    private string? FindInFiles(IReadOnlyList<PathToSave> made, CancellationToken cancellationToken)
    {
        foreach ((string name, string path, _) in made)
        {
            string[] files = [.. Directory.Exists(path) ? TreeScan.Of(path, cancellationToken).Files : [""]];
            if (_forms.AreIn(name) || files.Any(_forms.AreIn))
            {
                return "the name of an output";
            }

            foreach (string file in files.Select(file => Path.Combine(path, file)))
            {
                cancellationToken.ThrowIfCancellationRequested();
                if (new FileInfo(file) is { Exists: true, Length: > 0 and <= LargestFile } && _forms.AreIn(File.ReadAllBytes(file)))
                {
                    return $"the output '{name}'";
                }
            }
        }

        return null;
    }

    private static IEnumerable<byte[]> BytesOf(RecordedValue? value) => value switch
    {
        RecordedScalar { Value: byte[] bytes } => [bytes],
        RecordedList list => CharactersOf(list) is { } text ? [Encoding.UTF8.GetBytes(text)] : list.Items.SelectMany(BytesOf),
        RecordedMap map => map.Pairs.SelectMany(pair => BytesOf(pair.Key).Concat(BytesOf(pair.Value))),
        RecordedBag bag => bag.Properties.SelectMany(property => BytesOf(property.Value)),
        _ => [],
    };

    // What a list of characters or bytes says.
    private static string? CharactersOf(RecordedList list) =>
        list.Items.Count > 0 && list.Items.All(item => item is RecordedScalar { Value: char or byte })
            ? string.Concat(list.Items.Cast<RecordedScalar>().Select(item => item.Value is byte code ? (char)code : (char)item.Value)) : null;
}
