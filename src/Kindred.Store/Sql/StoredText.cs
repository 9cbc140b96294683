namespace Kindred.Store.Sql;

/// <summary>What a text must be so that both kinds of databases give it back as it is.</summary>
internal static class StoredText
{
    /// <summary>Why a text is refused, to end a sentence with.</summary>
    public const string Reason = "a text with a character 0 or with half of a surrogate pair: send Unicode without them.";

    public static bool IsKept(string? text)
    {
        if (text is null) return true;
        if (text.Contains('\0')) return false;
        int n = text.AsSpan().IndexOfAnyInRange('\uD800', '\uDFFF');
        if (n < 0) return true;
        for (; n < text.Length; n++)
        {
            if (!char.IsSurrogate(text[n])) continue;
            if (n + 1 == text.Length || !char.IsSurrogatePair(text[n], text[n + 1])) return false;
            n++;
        }
        return true;
    }
}
