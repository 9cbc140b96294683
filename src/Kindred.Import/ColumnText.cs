namespace Kindred.Import;

/// <summary>The text of ids and names, without what cannot be seen around it.</summary>
internal static class ColumnText
{
    /// <summary>White space of every kind, and what has no width.</summary>
    public static readonly char[] Invisible =
        [' ', '\t', '\r', '\n', '\v', '\f', '\u00a0', '\u1680', '\u2000', '\u2001', '\u2002', '\u2003', '\u2004', '\u2005', '\u2006',
            '\u2007', '\u2008', '\u2009',
         '\u200a', '\u200b', '\u200c', '\u200d', '\u200e', '\u200f', '\u2028', '\u2029', '\u202f', '\u205f', '\u2060', '\u3000', '\ufeff',
            '\u0085', '\u00ad', '\u180e', '\u202a', '\u202b', '\u202c', '\u202d', '\u202e', '\u2066', '\u2067', '\u2068', '\u2069',
                '\u3164'];

    public static string Trim(string text) => text.Trim(Invisible);
}
