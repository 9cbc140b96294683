namespace Kindred;

/// <summary>The nearest of some names to one that does not exist.</summary>
internal static class Spelling
{
    /// <returns>The end of a sentence: "; did you mean dimensions?" or, where none is near, "; there are dimensions, epochs."</returns>
    public static string Hint(string name, params IReadOnlyCollection<string> known) =>
        NearestTo(name, known) is [_, ..] near ? $"; did you mean {string.Join(" or ", near)}?" : $"; {All(known)}.";

    /// <returns>"there are a, b", "there is a" or "there are none".</returns>
    public static string All(IReadOnlyCollection<string> known) =>
        known.Count == 0 ? "there are none" : $"there {(known.Count == 1 ? "is" : "are")} {string.Join(", ", known)}";

    /// <returns>At most two: those that differ in few letters, begin or end alike, the nearest first.</returns>
    public static string[] NearestTo(string name, IEnumerable<string> known)
    {
        if (name.Length > 100) return []; // nobody mistypes that much, and the distance is the product of the lengths
        return
        [
            .. known.Where(other => other.TrimStart('-').Length > 1)
                .Select(other => (Name: other, Distance: Distance(name.ToUpperInvariant(), other.ToUpperInvariant())))
                .Where(other => other.Distance <= MostEdits(name) || BeginAlike(name, other.Name))
                .OrderBy(other => other.Distance)
                    .ThenBy(other => other.Name.TrimStart('-')[0] == name.TrimStart('-').FirstOrDefault() ? 0 : 1)
                .Select(other => other.Name).Distinct().Take(2),
        ];
    }

    // a third of the letters, and one: of three letters two
    private static int MostEdits(string name) => 1 + (name.TrimStart('-').Length / 3);

    private static bool BeginAlike(string name, string other) =>
        Math.Min(name.TrimStart('-').Length, other.TrimStart('-').Length) >= 3
        && (name.StartsWith(other, StringComparison.Ordinal) || other.StartsWith(name, StringComparison.Ordinal))
        || EndsWithWords(other, name);

    // --attributes is --item-attributes
    private static bool EndsWithWords(string other, string name) =>
        name.TrimStart('-').Length >= 4 && other.EndsWith($"-{name.TrimStart('-')}", StringComparison.Ordinal);

    /// <summary>
    /// Letters to insert, delete or replace, or neighbours to swap, to make one text of the other (optimal string alignment).
    /// </summary>
    private static int Distance(string a, string b)
    {
        int[,] d = new int[a.Length + 1, b.Length + 1];
        for (int i = 0; i <= a.Length; i++)
            for (int j = 0; j <= b.Length; j++)
            {
                if (i == 0 || j == 0) { d[i, j] = i + j; continue; }
                d[i, j] = Math.Min(d[i - 1, j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1), 1 + Math.Min(d[i - 1, j], d[i, j - 1]));
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) d[i, j] = Math.Min(d[i, j], d[i - 2, j - 2] + 1);
            }
        return d[a.Length, b.Length];
    }
}
