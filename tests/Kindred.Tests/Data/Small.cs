using Kindred.Data;
using Kindred.Numerics;

namespace Kindred.Tests.Data;

/// <summary>Small data for tests.</summary>
internal static class Small
{
    public static Vocabulary Ids(params string[] ids) => new(ids);

    /// <summary>One list of (item, weight) a user; ids are u0… and i0…; event e happened at second e.</summary>
    public static Interactions Of(int items, params (int Item, float Weight)[][] users)
    {
        var events = users.SelectMany(u => u).ToArray();
        var starts = new int[users.Length + 1];
        for (int u = 0; u < users.Length; u++) starts[u + 1] = starts[u] + users[u].Length;
        int[] happened = [.. events.Select(e => e.Item)];
        long[] times = [.. Enumerable.Range(0, events.Length).Select(n => (long)n)];
        float[] weights = [.. events.Select(e => e.Weight)];
        return new(
            new([.. Enumerable.Range(0, users.Length).Select(n => $"u{n}")]),
            new([.. Enumerable.Range(0, items).Select(n => $"i{n}")]),
            new(starts, happened, times, weights));
    }

    /// <returns>[rows, columns]</returns>
    public static float[,] Dense(SparseMatrix matrix)
    {
        var dense = new float[matrix.Rows, matrix.Columns];
        for (int r = 0; r < matrix.Rows; r++)
        {
            var row = matrix.Row(r);
            for (int n = 0; n < row.Length; n++) dense[r, row.Columns[n]] += row.Values[n];
        }
        return dense;
    }
}
