using System.Globalization;
using System.Text;

namespace Kindred;

/// <summary>Foreign text, such as an id, a path or a condition, on its way into a sentence or a line of a log.</summary>
internal static class PlainText
{
    private const int MostQuoted = 80; // characters

    /// <returns>
    /// The text on one line: whatever could steer a terminal, begin another line or turn the direction of writing becomes an escape, such
    /// as
    /// <c>\n</c> or <c>\u001b</c>.
    /// </returns>
    public static string OneLine(string text)
    {
        if (!text.Any(IsControl)) return text;
        var line = new StringBuilder(text.Length + 16);
        foreach (char c in text)
        {
            if (c == '\n') line.Append(@"\n");
            else if (c == '\r') line.Append(@"\r");
            else if (c == '\t') line.Append(@"\t");
            else if (IsControl(c)) line.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}");
            else line.Append(c);
        }
        return line.ToString();
    }

    /// <returns>The text on one line, or the beginning of a long one.</returns>
    public static string Shorten(string text)
    {
        if (text.Length <= MostQuoted) return OneLine(text);
        int end = char.IsHighSurrogate(text[MostQuoted - 1]) ? MostQuoted - 1 : MostQuoted;
        return $"{OneLine(text[..end])}…";
    }

    /// <returns>The text as one word of a command line, in quotes where a shell would take it apart.</returns>
    public static string Word(string text) =>
        text.Length > 0 && text.All(c => char.IsLetterOrDigit(c) || "-_./:=,@+%".Contains(c, StringComparison.Ordinal)) ? text
            : $"'{text.Replace("'", @"'\''", StringComparison.Ordinal)}'";

    // U+2028 and U+2029 separate lines; U+202A to U+202E and U+2066 to U+2069 change the direction
    private static bool IsControl(char c) => char.IsControl(c) || c is (>= '\u2028' and <= '\u202E') or (>= '\u2066' and <= '\u2069');
}
