using System.Text;

namespace Kindred.Import;

/// <summary>Literals of Python, which many published files hold a line or a cell: <c>{'id': 16, 'name': u'Animation'}</c>.</summary>
internal static class PythonText
{
    private static readonly Dictionary<string, string> Words = new(StringComparer.Ordinal)
    {
        ["True"] = "true",
        ["False"] = "false",
        ["None"] = "null",
        ["nan"] = "null",
        ["NaN"] = "null",
        ["inf"] = "null",
    };

    /// <summary>Whether a line may be a dictionary of Python: JSON has no such quotes.</summary>
    public static bool IsDictionary(string line) => line.TrimStart() is ['{', '\'', ..] or ['{', 'u', '\'', ..];

    /// <returns>The same in JSON. What is no literal of Python becomes what is no JSON.</returns>
    public static string ToJson(string text)
    {
        var json = new StringBuilder(text.Length);
        for (int n = 0; n < text.Length;)
        {
            bool prefixed = text[n] is 'u' or 'b' or 'r' && n + 1 < text.Length && text[n + 1] is '\'' or '"';
            if (prefixed) n++;
            if (text[n] is '\'' or '"') n = CopyText(text, n, json);
            else if (char.IsAsciiLetter(text[n]))
            {
                int end = n;
                while (end < text.Length && char.IsAsciiLetterOrDigit(text[end])) end++;
                json.Append(Words.GetValueOrDefault(text[n..end], text[n..end]));
                n = end;
            }
            else json.Append(text[n++] switch { '(' => '[', ')' => ']', var other => other });
        }
        return json.ToString();
    }

    /// <returns>The position behind the text.</returns>
    private static int CopyText(string text, int first, StringBuilder json)
    {
        var content = new StringBuilder();
        int n = first + 1;
        for (; n < text.Length && text[n] != text[first]; n++)
        {
            if (text[n] != '\\' || n + 1 == text.Length) content.Append(text[n]);
            else if (text[++n] is 'u' && n + 4 < text.Length && ushort.TryParse(
                text.AsSpan(n + 1, 4), System.Globalization.NumberStyles.HexNumber, null, out ushort unit))
            {
                content.Append((char)unit);
                n += 4;
            }
            else content.Append(text[n] switch { 'n' => '\n', 't' => '\t', 'r' => '\r', var other => other });
        }
        json.Append(System.Text.Json.JsonSerializer.Serialize(content.ToString()));
        return n + 1;
    }
}
