using System.Globalization;

namespace BuildCache.Benchmarks;

/// <summary>A command, its operands, and its options <c>--name value</c>.</summary>
internal sealed class CommandLine
{
    private readonly Dictionary<string, string> _options = new(StringComparer.Ordinal);

    /// <summary>Takes the arguments apart.</summary>
    /// <exception cref="ArgumentException">There is no command, or an option has no value.</exception>
    public CommandLine(string[] arguments)
    {
        if (arguments is not [var command, ..])
        {
            throw new ArgumentException("Name a command.");
        }

        Command = command;
        for (int i = 1; i < arguments.Length; i++)
        {
            if (!arguments[i].StartsWith("--", StringComparison.Ordinal))
            {
                Operands.Add(arguments[i]);
            }
            else if (i + 1 < arguments.Length)
            {
                _options[arguments[i][2..]] = arguments[++i];
            }
            else
            {
                throw new ArgumentException($"'{arguments[i]}' needs a value.");
            }
        }
    }

    /// <summary>What to do.</summary>
    public string Command { get; }

    /// <summary>What is neither an option nor its value.</summary>
    public List<string> Operands { get; } = [];

    /// <summary>The value of an option, or <see langword="null"/>.</summary>
    public string? Text(string name) => _options.GetValueOrDefault(name);

    /// <summary>The value of an option that is a number above zero.</summary>
    /// <exception cref="ArgumentException">It is none.</exception>
    public int Number(string name, int otherwise) =>
        !_options.TryGetValue(name, out string? text) ? otherwise
        : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number > 0 ? number
        : throw new ArgumentException($"'--{name} {text}': that is no number above zero.");
}
