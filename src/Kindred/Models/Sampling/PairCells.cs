using Kindred.Numerics;

namespace Kindred.Models.Sampling;

/// <summary>
/// The pairs of some users, sorted anew for each epoch by the parts of the items: a cell for each part. Cells of other users with other
/// parts share no row.
/// </summary>
/// <param name="firstUser">The users are [firstUser, endUser).</param>
internal sealed class PairCells(TrainingPairs pairs, int firstUser, int endUser)
{
    private readonly int[] _positions = new int[pairs.Observed.Starts.Span[endUser] - pairs.Observed.Starts.Span[firstUser]];
    private ItemCut? _cut;
    private int[] _starts = []; // [parts + 1]: of the cells, in _positions

    /// <summary>Sorts the pairs.</summary>
    public void Cut(ItemCut cut)
    {
        var partOf = cut.PartOf;
        int first = pairs.Observed.Starts.Span[firstUser];
        var columns = pairs.Observed.Indices.Span.Slice(first, _positions.Length);
        var starts = new int[cut.Parts + 1];
        foreach (int item in columns) starts[partOf[item] + 1]++;
        for (int part = 0; part < cut.Parts; part++) starts[part + 1] += starts[part];
        int[] next = [.. starts];
        for (int n = 0; n < columns.Length; n++) _positions[next[partOf[columns[n]]]++] = first + n;
        (_cut, _starts) = (cut, starts);
    }

    /// <summary>Learns from the pairs of one cell, in random order.</summary>
    /// <param name="block">Scratch memory.</param>
    /// <returns>The sum of the losses, and how many they are.</returns>
    public (double Loss, long Steps) Learn(int part, PairBlock block, StratifiedSchedule.Learn learn, Rng rng)
    {
        if (_cut!.NegativesOf(part) is not { } negatives) return (0, 0);
        block.Clear(negatives, _cut.Parts);
        Fill(block, _positions.AsSpan(_starts[part].._starts[part + 1]));
        block.Shuffle(rng);
        return learn(block, rng);
    }

    private void Fill(PairBlock block, ReadOnlySpan<int> positions)
    {
        var starts = pairs.Observed.Starts.Span;
        int user = firstUser;
        for (int n = 0, end; n < positions.Length; n = end)
        {
            while (positions[n] >= starts[user + 1]) user++;
            for (end = n + 1; end < positions.Length && positions[end] < starts[user + 1];) end++;
            pairs.AddTo(block, user, positions[n..end]);
        }
    }
}
