using System.Buffers;
using System.ComponentModel.DataAnnotations;
using Kindred.Data;
using Kindred.Models;
using Kindred.Models.Linear;
using Kindred.Numerics;
using Kindred.Storage;

namespace Kindred;

/// <summary>
/// Predicts a rating from the user's others and how much better or worse the item is rated than those, on average.
/// D. Lemire, A. Maclachlan, "Slope One Predictors for Online Rating-Based Collaborative Filtering", SDM 2005, §3.2, the weighted scheme.
/// </summary>
/// <remarks>
///   c(j, i): users who rated both; dev(j, i) = Σ over them of (r(u, j) − r(u, i)) / c(j, i)
///   score(u, j) = Σ over i in the history of u, i ≠ j: c(j, i)·(r(u, i) + dev(j, i)) / Σ over the same: c(j, i)
/// A rating is the mean of the weights of the user's events with the item; where a query has no weights, the mean of all ratings of the
/// item. An item that shares no user with the history has no score; its value is the mean of the user's ratings. Cost: Σ over users of
/// |items of the user|²; memory: 12 bytes for each pair of items that share a user, or items·Neighbours. Scoring: the pairs of the
/// history's items.
/// </remarks>
public sealed record SlopeOne : ITrainer
{
    /// <summary>How many other items each item has a say about, those with which it shares the most users; 0: all.</summary>
    [Range(0, int.MaxValue)]
    public int Neighbours { get; init; }

    public TrainerSummary Summary => new(
        "slope-one", "a rating from how other items of the user are rated against it", "ratings; items that users share",
        "sum over users of (items of the user)²",
        Capabilities.Personal | Capabilities.Explains | Capabilities.PredictsValues);

    private const int BlockItems = 16;

    public IModel Train(Interactions interactions, TrainingContext context)
    {
        OptionCheck.Check(this);
        RatingData.Require(interactions, Summary.Name);
        var byUser = Ratings(interactions);
        var byItem = byUser.Transpose();
        int items = byItem.Rows, done = 0;
        var rows = new Deviations[items];
        Blocks.ForEach(items, BlockItems, context.Workers, () => new Differences(byUser), (_, first, end, differences) =>
        {
            for (int item = first; item < end; item++) rows[item] = differences.From(item, byItem.Row(item), Neighbours);
            context.ReportBlock(ref done, end - first, items, "item");
        }, context.Cancellation);
        long pairs = rows.Sum(row => (long)row.Targets.Length);
        if (pairs > Array.MaxLength)
            throw new InputException(
                $"{pairs} pairs of items share a user, which is more than a model can keep; set Neighbours to 1000 or less.");
        return Model.Pack(interactions.Items, rows, Means(byItem));
    }

    internal static IModel Load(TensorFile file, Vocabulary items) => new Model(
        items, file.Array<int>("starts"), file.Array<int>("targets"), file.Array<float>("sums"), file.Array<float>("counts"),
        file.Array<float>("means"));

    // [users, items]: the mean weight of a pair's events
    private static SparseMatrix Ratings(Interactions interactions)
    {
        var histories = interactions.Histories;
        var sums = interactions.Ratings;
        var ones = new float[histories.Count];
        ones.AsSpan().Fill(1);
        var counts = SparseMatrix.FromRows(sums.Rows, sums.Columns, histories.Starts.Span, histories.Items.Span, ones).Values.Span;
        var means = sums.Values.ToArray();
        for (int n = 0; n < means.Length; n++) means[n] /= counts[n];
        return new(sums.Rows, sums.Columns, sums.Starts, sums.Indices, means);
    }

    // [items + 1]: the mean rating of each item, that of all where it has none; last: that of all
    private static float[] Means(SparseMatrix byItem)
    {
        double total = 0;
        foreach (float rating in byItem.Values.Span) total += rating;
        var means = new float[byItem.Rows + 1];
        means.AsSpan().Fill((float)(total / Math.Max(1, byItem.Count)));
        for (int item = 0; item < byItem.Rows; item++)
        {
            var ratings = byItem.Row(item).Values;
            double sum = 0;
            foreach (float rating in ratings) sum += rating;
            if (ratings.Length > 0) means[item] = (float)(sum / ratings.Length);
        }
        return means;
    }

    /// <summary>How other items are rated against one.</summary>
    /// <param name="Targets">[n], j, ascending.</param>
    /// <param name="Sums">[n], c(j, i)·dev(j, i)</param>
    /// <param name="Counts">[n], c(j, i)</param>
    private readonly record struct Deviations(int[] Targets, float[] Sums, float[] Counts);

    /// <summary>Adds up the differences from one item at a time. Scratch memory of one thread.</summary>
    private sealed class Differences(SparseMatrix byUser)
    {
        private readonly float[] _sums = new float[byUser.Columns], _counts = new float[byUser.Columns];

        /// <param name="ratings">Users who rated the item.</param>
        public Deviations From(int item, SparseRow ratings, int neighbours)
        {
            Array.Clear(_sums);
            Array.Clear(_counts);
            for (int n = 0; n < ratings.Length; n++)
            {
                var others = byUser.Row(ratings.Columns[n]);
                for (int m = 0; m < others.Length; m++)
                {
                    _sums[others.Columns[m]] += others.Values[m] - ratings.Values[n];
                    _counts[others.Columns[m]]++;
                }
            }
            _counts[item] = 0;
            var kept = WeightRow.Largest([], _counts, neighbours == 0 ? _counts.Length : neighbours);
            return new(kept.Places, [.. kept.Places.Select(target => _sums[target])], kept.Weights);
        }
    }

    /// <param name="starts">[items + 1]</param>
    /// <param name="targets">[pairs]</param>
    /// <param name="sums">[pairs]</param>
    /// <param name="counts">[pairs]</param>
    /// <param name="means">[items + 1]</param>
    private sealed class Model(
        Vocabulary items, ReadOnlyMemory<int> starts, ReadOnlyMemory<int> targets, ReadOnlyMemory<float> sums,
        ReadOnlyMemory<float> counts, ReadOnlyMemory<float> means)
        : IRatingModel, IExplainableModel
    {
        public Vocabulary Items => items;

        public static Model Pack(Vocabulary items, Deviations[] rows, float[] means)
        {
            var starts = new int[rows.Length + 1];
            for (int item = 0; item < rows.Length; item++) starts[item + 1] = starts[item] + rows[item].Targets.Length;
            return new(items, starts, Flat(rows, starts, row => row.Targets), Flat(rows, starts, row => row.Sums),
                Flat(rows, starts, row => row.Counts), means);
        }

        private static T[] Flat<T>(Deviations[] rows, int[] starts, Func<Deviations, T[]> part)
        {
            var flat = new T[starts[^1]];
            for (int item = 0; item < rows.Length; item++) part(rows[item]).CopyTo(flat, starts[item]);
            return flat;
        }

        public void Score(in Query query, Span<float> scores)
        {
            scores.Clear();
            float[] rented = ArrayPool<float>.Shared.Rent(scores.Length);
            var support = rented.AsSpan(0, scores.Length);
            support.Clear();
            foreach (var (item, rating) in Rated(query))
            {
                for (int e = starts.Span[item]; e < starts.Span[item + 1]; e++)
                {
                    int target = targets.Span[e];
                    scores[target] += (counts.Span[e] * rating) + sums.Span[e];
                    support[target] += counts.Span[e];
                }
            }
            for (int item = 0; item < scores.Length; item++) scores[item] = support[item] > 0 ? scores[item] / support[item] : float.NaN;
            ArrayPool<float>.Shared.Return(rented);
        }

        public float FallbackScore(in Query query) =>
            query.Weights.IsEmpty || query.History.IsEmpty ? means.Span[^1] : (float)Rated(query).Average(pair => (double)pair.Rating);

        /// <summary>Events of the same item share equally what its rating brings.</summary>
        public void Explain(in Query query, int item, Span<float> contributions)
        {
            contributions.Clear();
            var history = query.History.Span;
            float support = 0;
            foreach (var (source, rating) in Rated(query))
            {
                int first = starts.Span[source];
                int at = targets.Span[first..starts.Span[source + 1]].BinarySearch(item);
                if (at < 0) continue;
                float part = ((counts.Span[first + at] * rating) + sums.Span[first + at]) / history.Count(source);
                support += counts.Span[first + at];
                for (int n = 0; n < history.Length; n++) if (history[n] == source) contributions[n] = part;
            }
            if (support > 0)
                foreach (ref float contribution in contributions) contribution /= support;
        }

        public void Save(TensorWriter writer)
        {
            writer.Add("starts", starts);
            writer.Add("targets", targets);
            writer.Add("sums", sums);
            writer.Add("counts", counts);
            writer.Add("means", means);
        }

        // each item of the history once
        private (int Item, float Rating)[] Rated(in Query query)
        {
            var distinct = query.ToRatingRow(items.Count).Row(0);
            var events = (query with { Weights = default }).ToSparseRow(items.Count).Row(0).Values;
            var rated = new (int, float)[distinct.Length];
            for (int n = 0; n < rated.Length; n++)
            {
                int item = distinct.Columns[n];
                rated[n] = (item, query.Weights.IsEmpty ? means.Span[item] : distinct.Values[n] / events[n]);
            }
            return rated;
        }
    }
}
