using System.Buffers;

namespace BuildCache.Content;

/// <summary>The one escape sequence that recorded text may have: what sets the colour and weight of characters, and erases to the end of the line.</summary>
internal static class Colour
{
    private const int Longest = 64;

    private static readonly SearchValues<char> s_parameters = SearchValues.Create("\u001B[0123456789;");

    /// <summary>The length of the sequence that a text begins with, or 0.</summary>
    public static int LengthAt(ReadOnlySpan<char> text)
    {
        if (text is not ['\u001B', '[', ..])
        {
            return 0;
        }

        int end = text[..Math.Min(text.Length, Longest)].IndexOfAnyExcept(s_parameters);
        return end < 0 ? 0 : text[end] switch
        {
            'm' when !Hides(text[2..end]) => end + 1,
            // GCC and Clang write it after each change of colour.
            'K' when end == 2 || text[2..end] is "0" => end + 1,
            _ => 0,
        };
    }

    // 8 makes text invisible, and begins the notes of Jenkins. In 38;5;8 it is a colour.
    private static bool Hides(ReadOnlySpan<char> parameters)
    {
        int skipped = 0;
        int? before = null;
        foreach (Range range in parameters.Split(';'))
        {
            ReadOnlySpan<char> parameter = parameters[range];
            if (parameter.ContainsAny('\u001B', '[') || parameter.Length > 3)
            {
                return true;
            }

            int? value = int.TryParse(parameter, out int number) ? number : null;
            if (skipped > 0)
            {
                skipped--;
            }
            else if (value == 8)
            {
                return true;
            }
            else if (before is 38 or 48 or 58 && value is 2 or 5)
            {
                skipped = value == 5 ? 1 : 3;
                before = null;
                continue;
            }

            before = value;
        }

        return false;
    }
}
