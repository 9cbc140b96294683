using System.Text;

namespace Kindred.Import;

/// <summary>Writes rows as CSV by RFC 4180: what is not a text is turned into one, to be read as one.</summary>
internal sealed class CsvOutput(string path) : IDisposable
{
    private readonly StreamWriter _text = new(path, false, new UTF8Encoding(false), 1 << 16);

    /// <param name="fields">Null: a missing value, written as an empty field.</param>
    public void Write(IReadOnlyList<string?> fields)
    {
        for (int n = 0; n < fields.Count; n++)
        {
            if (n > 0) _text.Write(',');
            string field = fields[n] ?? "";
            bool quoted = field.AsSpan().IndexOfAny(",\"\r\n") >= 0 || (fields.Count == 1 && field.Trim().Length == 0);
            _text.Write(quoted ? $"\"{field.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : field);
        }
        _text.Write('\n');
    }

    public void Dispose() => _text.Dispose();
}
