namespace Kindred.OffPolicy;

/// <summary>Which decisions are one list, by position.</summary>
/// <param name="Starts">[lists + 1], into <paramref name="Rows"/>.</param>
/// <param name="Rows">[decisions], list after list, each by ascending position.</param>
internal sealed record ListIndex(int[] Starts, int[] Rows)
{
    public int Count => Starts.Length - 1;

    public ReadOnlySpan<int> RowsOf(int list) => Rows.AsSpan(Starts[list]..Starts[list + 1]);

    /// <param name="list">[decisions]</param>
    /// <param name="position">[decisions]</param>
    /// <param name="names">[lists]</param>
    /// <exception cref="InputException">A list has a position twice.</exception>
    public static ListIndex Of(int[] list, int lists, int[] position, IReadOnlyList<string> names)
    {
        int[] rows = [.. Enumerable.Range(0, list.Length).OrderBy(row => list[row]).ThenBy(row => position[row])];
        var starts = new int[lists + 1];
        foreach (int of in list) starts[of + 1]++;
        for (int n = 0; n < lists; n++) starts[n + 1] += starts[n];
        for (int n = 1; n < rows.Length; n++)
        {
            int of = list[rows[n]];
            if (of == list[rows[n - 1]] && position[rows[n]] == position[rows[n - 1]])
                throw new InputException($"List {names[of]} has position {position[rows[n]]} twice; each of its items needs its own.");
        }
        return new(starts, rows);
    }
}
