namespace Kindred.Import;

/// <summary>How a text is cut into records and fields.</summary>
/// <param name="Delimiter">"" where a line is one field.</param>
/// <param name="Quote">
/// At the beginning of a field it quotes the field, and two of them inside are one (RFC 4180); ASCII, 0: nothing is quoted.
/// </param>
/// <param name="Escape">Takes its meaning from the next quote, delimiter or escape, as MySQL and Spark write it; ASCII, 0: nothing
/// does.</param>
/// <param name="Latin1">Whether bytes that are not UTF-8 are ISO 8859-1; else such a record is broken.</param>
internal sealed record Dialect(string Delimiter, char Quote = '\0', char Escape = '\0', bool Latin1 = false)
{
    /// <summary>A line is one field.</summary>
    public static readonly Dialect Lines = new("");

    /// <summary>For a person: control characters are written out.</summary>
    public string DelimiterName => Delimiter switch
    {
        "\t" => "tab",
        " " => "space",
        "," => "comma",
        ";" => "semicolon",
        _ => $"'{Visible(Delimiter)}'",
    };

    /// <returns>The text with control characters as <c>\x01</c>.</returns>
    public static string Visible(string text) =>
        string.Concat(text.Select(c => char.IsControl(c) ? $@"\x{(int)c:x2}" : c.ToString()));

    /// <returns>What a person wrote for a character or a few: <c>\t</c>, <c>\x01</c>, <c>tab</c>, or the text itself.</returns>
    public static string Characters(string text) => text switch
    {
        @"\t" or "tab" => "\t",
        ['\\', 'x' or 'u', .. var code] when int.TryParse(code, System.Globalization.NumberStyles.HexNumber, null, out int number)
            && number is > 0 and < 128
            => ((char)number).ToString(),
        _ => text,
    };
}
