using Kindred.Data;
using Kindred.Numerics;
using Kindred.Storage;

namespace Kindred.Models;

/// <summary>
/// Item-based nearest neighbours: cosine similarity with shrinkage.
/// M. Deshpande, G. Karypis, "Item-Based Top-N Recommendation Algorithms", TOIS 2004, §4; shrinkage as in Y. Koren, "Factorization Meets the
/// Neighborhood", KDD 2008, §2.2.
/// </summary>
/// <remarks>
///   v(i) [users]: the weights of item i, each user's divided by |items of the user|^(ActivityPenalty / 2)
///   s(i, j) = v(i)·v(j) / (|v(i)|·|v(j)| + Shrinkage)
///   score(u, i) = Σ over j in the history of u that have i among their Neighbours best: weight(u, j)·s(j, i)
/// Items that no neighbour reaches cannot be scored. Cost of training: Σ over users of |items of the user|² multiply-adds, in blocks of items;
/// memory: items·Neighbours. Scoring: |history|·Neighbours.
/// </remarks>
public sealed record ItemKnn : ITrainer
{
    /// <summary>How many similar items are kept for each item.</summary>
    public int Neighbours { get; init; } = 100;

    /// <summary>Added to the denominator: similarities that few users support shrink towards zero. In units of (weight)².</summary>
    public float Shrinkage { get; init; } = 3;

    /// <summary>0: every user speaks with the same weight about every pair; 1: a user with many items says proportionally less about each pair.</summary>
    public float ActivityPenalty { get; init; } = 0.75f;

    internal static TrainerSummary Summary { get; } = new(
        "items that the same users touched, by cosine", "items that users share", "sum over users of (items of the user)²",
        Capabilities.Personal | Capabilities.Explains);

    internal static SearchSpace Space { get; } =
        SearchSpace.Of<ItemKnn>(null, ("neighbours", "10..1000:log"), ("shrinkage", "0.1..1000:log"), ("activityPenalty", "0..1.5"));

    private const int BlockItems = 16;

    public IModel Train(Interactions interactions, TrainingContext context)
    {
        if (Neighbours < 1) throw new InputException($"Neighbours must be >= 1, was {Neighbours}.");
        if (!(Shrinkage >= 0)) throw new InputException($"Shrinkage must be >= 0, was {Shrinkage}.");
        if (!(ActivityPenalty is >= 0 and <= 2)) throw new InputException($"ActivityPenalty must be in 0..2, was {ActivityPenalty}.");

        SparseMatrix byUser = interactions.ByUser, byItem = interactions.ByItem;
        float[] votes = Votes(byUser), norms = Norms(byItem, votes);
        int items = byItem.Rows, k = Math.Min(Neighbours, Math.Max(1, items - 1)), done = 0;
        int[] counts = new int[items], neighbours = new int[checked(items * k)];
        var similarities = new float[items * k];

        Blocks.ForEach(items, BlockItems, context.Workers, () => new float[items], (_, first, end, dots) =>
        {
            for (int item = first; item < end; item++)
            {
                AddDotProducts(byUser, byItem.Row(item), votes, dots);
                counts[item] = KeepNearest(dots, item, norms, neighbours.AsSpan(item * k, k), similarities.AsSpan(item * k, k));
                ClearDotProducts(byUser, byItem.Row(item), dots);
            }
            int soFar = Interlocked.Add(ref done, end - first);
            if (soFar * 100L / items != (soFar - (end - first)) * 100L / items) context.Progress?.Report(new(soFar, items, "item"));
        }, context.Cancellation);
        return Model.Pack(interactions.Items, counts, k, neighbours, similarities);
    }

    internal static IModel Load(TensorFile file, Vocabulary items) =>
        new Model(items, file.Array<int>("starts"), file.Array<int>("neighbours"), file.Array<float>("similarities"));

    // [users]: what each product of two of the user's weights is multiplied by
    private float[] Votes(SparseMatrix byUser)
    {
        var votes = new float[byUser.Rows];
        for (int user = 0; user < votes.Length; user++) votes[user] = MathF.Pow(Math.Max(1, byUser.Row(user).Length), -ActivityPenalty);
        return votes;
    }

    // [items]: |v(i)|
    private static float[] Norms(SparseMatrix byItem, float[] votes)
    {
        var norms = new float[byItem.Rows];
        for (int item = 0; item < norms.Length; item++)
        {
            var users = byItem.Row(item);
            double sum = 0;
            for (int n = 0; n < users.Length; n++) sum += (double)votes[users.Columns[n]] * users.Values[n] * users.Values[n];
            norms[item] = (float)Math.Sqrt(sum);
        }
        return norms;
    }

    // dots [items], all zero before: v(i)·v(j) for every j
    private static void AddDotProducts(SparseMatrix byUser, SparseRow users, float[] votes, float[] dots)
    {
        for (int n = 0; n < users.Length; n++)
        {
            var others = byUser.Row(users.Columns[n]);
            float weight = votes[users.Columns[n]] * users.Values[n];
            for (int m = 0; m < others.Length; m++) dots[others.Columns[m]] += weight * others.Values[m];
        }
    }

    // cheaper than clearing all when an item meets few others
    private static void ClearDotProducts(SparseMatrix byUser, SparseRow users, float[] dots)
    {
        long touched = 0;
        foreach (int user in users.Columns) touched += byUser.Row(user).Length;
        if (touched > dots.Length) Array.Clear(dots);
        else
            foreach (int user in users.Columns)
                foreach (int other in byUser.Row(user).Columns) dots[other] = 0;
    }

    // nearest, nearestSimilarities [Neighbours], overwritten, best first; returns how many there are
    private int KeepNearest(float[] dots, int item, float[] norms, Span<int> nearest, Span<float> nearestSimilarities)
    {
        var top = new TopK(nearest, nearestSimilarities);
        for (int other = 0; other < dots.Length; other++)
        {
            if (!(dots[other] > 0) || other == item) continue;
            top.Offer(other, dots[other] / ((norms[item] * norms[other]) + Shrinkage));
        }
        top.Sort();
        return top.Count;
    }

    /// <param name="starts">[items + 1]</param>
    /// <param name="neighbours">[starts[items]]: of each item, best first.</param>
    /// <param name="similarities">[starts[items]]</param>
    private sealed class Model(Vocabulary items, ReadOnlyMemory<int> starts, ReadOnlyMemory<int> neighbours, ReadOnlyMemory<float> similarities)
        : IExplainableModel
    {
        public Vocabulary Items => items;

        public static Model Pack(Vocabulary items, int[] counts, int k, int[] neighbours, float[] similarities)
        {
            var starts = new int[counts.Length + 1];
            for (int item = 0; item < counts.Length; item++) starts[item + 1] = starts[item] + counts[item];
            var packed = new int[starts[^1]];
            var packedSimilarities = new float[starts[^1]];
            for (int item = 0; item < counts.Length; item++)
            {
                neighbours.AsSpan(item * k, counts[item]).CopyTo(packed.AsSpan(starts[item]));
                similarities.AsSpan(item * k, counts[item]).CopyTo(packedSimilarities.AsSpan(starts[item]));
            }
            return new(items, starts, packed, packedSimilarities);
        }

        public void Score(in Query query, Span<float> scores)
        {
            scores.Clear();
            var history = query.History.Span;
            ReadOnlySpan<int> bounds = starts.Span, near = neighbours.Span;
            ReadOnlySpan<float> similar = similarities.Span;
            for (int n = 0; n < history.Length; n++)
            {
                float weight = query.WeightOf(n);
                for (int e = bounds[history[n]]; e < bounds[history[n] + 1]; e++) scores[near[e]] += weight * similar[e];
            }
            for (int item = 0; item < scores.Length; item++)
                if (scores[item] == 0) scores[item] = float.NaN;
        }

        public void Explain(in Query query, int item, Span<float> contributions)
        {
            var history = query.History.Span;
            for (int n = 0; n < history.Length; n++)
            {
                int first = starts.Span[history[n]];
                int at = neighbours.Span[first..starts.Span[history[n] + 1]].IndexOf(item);
                contributions[n] = at < 0 ? 0 : query.WeightOf(n) * similarities.Span[first + at];
            }
        }

        public void Save(TensorWriter writer)
        {
            writer.Add("starts", starts);
            writer.Add("neighbours", neighbours);
            writer.Add("similarities", similarities);
        }
    }
}
