namespace Kindred.Numerics.Search;

/// <summary>Rows by the group that each belongs to: those of a group in ascending order.</summary>
/// <param name="starts">[groups + 1], where each group begins in <paramref name="rows"/>.</param>
/// <param name="rows">[rows]</param>
internal sealed class RowGroups(int[] starts, int[] rows)
{
    public int Count => starts.Length - 1;

    /// <summary>[groups + 1]</summary>
    public ReadOnlySpan<int> Starts => starts;

    /// <returns>The rows of a group, writable: their order within it is the caller's to change.</returns>
    public Span<int> Of(int group) => rows.AsSpan(starts[group]..starts[group + 1]);

    /// <param name="groupOf">[rows]</param>
    /// <param name="count">How many groups there are.</param>
    public static RowGroups Of(ReadOnlySpan<int> groupOf, int count)
    {
        var starts = new int[count + 1];
        foreach (int group in groupOf) starts[group + 1]++;
        for (int group = 0; group < count; group++) starts[group + 1] += starts[group];
        int[] next = starts[..count], rows = new int[groupOf.Length];
        for (int row = 0; row < rows.Length; row++) rows[next[groupOf[row]]++] = row;
        return new(starts, rows);
    }
}
