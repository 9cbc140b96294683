using System.Buffers.Text;
using System.Text;

namespace Kindred.Server.Endpoints;

/// <summary>
/// Where the next page of a listing begins: after an id. Callers hand it back as they got it. Entries that come or go between two pages
/// neither repeat nor hide others.
/// </summary>
internal static class Cursor
{
    private const char Format = '1';

    public static string After(string id) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes($"{Format}{id}"));

    /// <returns>Null: from the beginning.</returns>
    /// <exception cref="InputException">No listing made it.</exception>
    public static string? Read(string? cursor)
    {
        if (string.IsNullOrEmpty(cursor)) return null;
        try
        {
            string text = new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(Base64Url.DecodeFromChars(cursor));
            if (text.Length > 1 && text[0] == Format) return text[1..];
        }
        catch (Exception e) when (e is FormatException or ArgumentException) { }
        throw new InputException($"The cursor '{PlainText.Shorten(cursor)}' is not one that a listing gave; begin without a cursor.");
    }
}
