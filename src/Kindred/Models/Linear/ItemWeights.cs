using Kindred.Data;
using Kindred.Numerics;
using Kindred.Storage;

namespace Kindred.Models.Linear;

/// <summary>
/// The linear model of items that <see cref="Ease"/> and <see cref="Slim"/> learn: score(u, i) = Σ over j in the history of u: x(u, j)·B(j,
/// i).
/// </summary>
/// <remarks>
/// x(u, j) is 1, or with <paramref name="eventWeights"/> the summed weight of the user's events with j. An item that no weight reaches
/// cannot be scored. Scoring costs the stored weights of the history's items.
/// </remarks>
/// <param name="bySource">[items, items]: B</param>
internal sealed class ItemWeights(Vocabulary items, bool eventWeights, SparseMatrix bySource) : IExplainableModel
{
    public Vocabulary Items => items;

    /// <param name="bySource">[items]: what each item of a history speaks for.</param>
    /// <exception cref="InputException">More weights than one array can hold.</exception>
    public static ItemWeights OfSources(Vocabulary items, bool eventWeights, WeightRow[] bySource) =>
        new(items, eventWeights, Pack(bySource));

    /// <param name="byTarget">[items]: what each item is scored by.</param>
    /// <param name="kept">How many weights each item of a history keeps, at most: the largest.</param>
    /// <exception cref="InputException">More weights than one array can hold.</exception>
    public static ItemWeights OfTargets(Vocabulary items, bool eventWeights, WeightRow[] byTarget, int kept)
    {
        var bySource = Pack(byTarget).Transpose();
        if (kept >= byTarget.Length) return new(items, eventWeights, bySource);
        return new(items, eventWeights, Pack([.. Enumerable.Range(0, bySource.Rows).Select(source =>
        {
            var row = bySource.Row(source);
            return WeightRow.Largest(row.Columns, row.Values, kept);
        })]));
    }

    private static SparseMatrix Pack(WeightRow[] rows)
    {
        long total = rows.Sum(row => (long)row.Places.Length);
        if (total > Array.MaxLength)
            throw new InputException(
                $"{total} weights between {rows.Length} items are more than a model can keep; lower WeightsKept or Candidates.");
        var starts = new int[rows.Length + 1];
        var indices = new int[total];
        var values = new float[total];
        for (int n = 0; n < rows.Length; n++)
        {
            var (places, weights) = rows[n];
            starts[n + 1] = starts[n] + places.Length;
            places.CopyTo(indices, starts[n]);
            weights.CopyTo(values, starts[n]);
            rows[n] = default; // not twice in memory
        }
        return new(rows.Length, rows.Length, starts, indices, values);
    }

    /// <returns>What is learned from: the weights as they are, or ones in their places.</returns>
    public static SparseMatrix Observed(SparseMatrix interactions, bool eventWeights)
    {
        if (eventWeights) return interactions;
        var ones = new float[interactions.Count];
        ones.AsSpan().Fill(1);
        return new(interactions.Rows, interactions.Columns, interactions.Starts, interactions.Indices, ones);
    }

    public static ItemWeights Load(TensorFile file, Vocabulary items) => new(items, file.Text("eventWeights") == bool.TrueString,
        new(items.Count, items.Count, file.Array<int>("starts"), file.Array<int>("targets"), file.Array<float>("weights")));

    public void Score(in Query query, Span<float> scores)
    {
        scores.Clear();
        var history = query.ToSparseRow(items.Count).Row(0);
        for (int n = 0; n < history.Length; n++)
        {
            float observed = eventWeights ? history.Values[n] : 1;
            var row = bySource.Row(history.Columns[n]);
            var targets = row.Columns;
            var weights = row.Values[..targets.Length];
            for (int e = 0; e < targets.Length; e++) scores[targets[e]] += observed * weights[e];
        }
        for (int item = 0; item < scores.Length; item++)
            if (scores[item] == 0) scores[item] = float.NaN;
    }

    /// <summary>Events of the same item share what it brings: by their weights, or equally where weights do not count.</summary>
    public void Explain(in Query query, int item, Span<float> contributions)
    {
        var history = query.History.Span;
        for (int n = 0; n < history.Length; n++)
        {
            var row = bySource.Row(history[n]);
            int at = row.Columns.BinarySearch(item);
            float observed = !query.IsLiked(n) ? 0 : eventWeights ? query.WeightOf(n) : 1f / history.Count(history[n]);
            contributions[n] = at < 0 ? 0 : observed * row.Values[at];
        }
    }

    public void Save(TensorWriter writer)
    {
        writer.AddText("eventWeights", eventWeights.ToString());
        writer.Add("starts", bySource.Starts);
        writer.Add("targets", bySource.Indices);
        writer.Add("weights", bySource.Values);
    }
}

/// <summary>The weights between one item and some others.</summary>
/// <param name="Places">[n], the others, ascending.</param>
/// <param name="Weights">[n]</param>
internal readonly record struct WeightRow(int[] Places, float[] Weights)
{
    /// <returns>The sum of this row and a multiple of the other.</returns>
    public WeightRow Plus(float scale, WeightRow other)
    {
        List<int> places = [];
        List<float> weights = [];
        for (int n = 0, m = 0; n < Places.Length || m < other.Places.Length;)
        {
            int place = Math.Min(n < Places.Length ? Places[n] : int.MaxValue, m < other.Places.Length ? other.Places[m] : int.MaxValue);
            float weight = 0;
            if (n < Places.Length && Places[n] == place) weight += Weights[n++];
            if (m < other.Places.Length && other.Places[m] == place) weight += scale * other.Weights[m++];
            places.Add(place);
            weights.Add(weight);
        }
        return new([.. places], [.. weights]);
    }

    /// <returns>The largest by size, none of them 0.</returns>
    /// <param name="items">[n], ascending; empty: the places in <paramref name="weights"/> themselves.</param>
    /// <param name="weights">[n], or of all items.</param>
    public static WeightRow Largest(ReadOnlySpan<int> items, ReadOnlySpan<float> weights, int count)
    {
        count = Math.Min(count, weights.Length);
        int[] places = new int[count];
        var sizes = new float[count];
        var top = new TopK(places, sizes);
        for (int n = 0; n < weights.Length; n++)
        {
            float size = Math.Abs(weights[n]);
            if (size > 0 && size >= top.Threshold) top.Offer(n, size);
        }
        var row = new WeightRow(places[..top.Count], new float[top.Count]);
        Array.Sort(row.Places);
        for (int n = 0; n < row.Places.Length; n++)
        {
            row.Weights[n] = weights[row.Places[n]];
            if (!items.IsEmpty) row.Places[n] = items[row.Places[n]];
        }
        return row;
    }
}
