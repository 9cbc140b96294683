using System.ComponentModel.DataAnnotations;
using Kindred.Data;
using Kindred.Models;
using Kindred.Models.Neighbours;
using Kindred.Numerics;
using Kindred.Storage;

namespace Kindred;

/// <summary>
/// User-based nearest neighbours: what people with a similar history had.
/// J. Herlocker, J. Konstan, A. Borchers, J. Riedl, "An Algorithmic Framework for Performing Collaborative Filtering", SIGIR 1999; for
/// events without values F. Aiolli, "Efficient Top-N Recommendation for Very Large Scale Binary Rated Datasets", RecSys 2013, §3.
/// </summary>
/// <remarks>
///   s(u, v): see <see cref="Similarity"/>, with users in the place of items; with the default, the cosine of the weights of u and v, each
/// item's
///   divided by |users of the item|^(PopularityPenalty / 2)
///   score(u, i) = Σ over the Neighbours users v most similar to the history of u: s(u, v)·weight(v, i)
/// A user of the training data is among them; it only concerns what they had. Training prepares the sums and no more: the cost is
/// that of a question, Σ over the history of |users of the item|, in proportion to the number of users, so that answering all of them grows
/// with its square. CommonItemUsers is the remedy: what all users have does not distinguish users. Memory: 40 bytes an event.
/// </remarks>
public sealed record UserKnn : NeighbourTrainer
{
    public UserKnn() => Shrinkage = 1;

    /// <summary>0: every shared item says the same; 1: one with many users says proportionally less.</summary>
    [Range(0, 2)]
    public float PopularityPenalty { get; init; } = 0.5f;

    /// <summary>Items with more users are left out when neighbours are looked for, which then costs less; 0: none are.</summary>
    [Range(0, int.MaxValue)]
    public int CommonItemUsers { get; init; }

    public override TrainerSummary Summary => new(
        "user-knn", "what the users with the most similar histories had", "users who share items",
        "a pass over the events; answers cost more",
        Capabilities.Personal | Capabilities.Explains);

    internal static SearchSpace Space { get; } =
        SearchSpace.Of<UserKnn>(null, ("neighbours", "10..1000:log"), ("shrinkage", "0.1..100:log"), ("popularityPenalty", "0..1.5"));

    internal override float FrequencyPenalty => PopularityPenalty;

    private protected override void Check()
    {
        base.Check();
        if (Shrinkage is null) throw new InputException("shrinkage of user-knn must be a number, was null.", nameof(Shrinkage));
    }

    public override IModel Train(Interactions interactions, TrainingContext context)
    {
        Check();
        return new Model(interactions.Items, this, interactions.ByUser, interactions.ByItem, context);
    }

    internal static IModel Load(TensorFile file, Vocabulary items)
    {
        var trainer = TrainerOptions.Load<UserKnn>(file);
        var starts = file.Array<int>("starts");
        var byUser = new SparseMatrix(starts.Length - 1, items.Count, starts, file.Array<int>("items"), file.Array<float>("weights"));
        return new Model(items, trainer, byUser, byUser.Transpose(), new());
    }

    private sealed class Model : IExplainableModel
    {
        private readonly UserKnn _options;
        private readonly SparseMatrix _byUser, _byItem;
        private readonly NeighbourSums _sums; // [users] are its columns
        private readonly ScratchPool<Scratch> _scratch;

        public Model(Vocabulary items, UserKnn options, SparseMatrix byUser, SparseMatrix byItem, TrainingContext context)
        {
            (Items, _options, _byUser, _byItem) = (items, options, byUser, byItem);
            _sums = new(options, byItem, byUser, context);
            _scratch = new(() => new(byUser.Rows, options.Neighbours));
        }

        public Vocabulary Items { get; }

        public void Score(in Query query, Span<float> scores)
        {
            using var lease = _scratch.Take();
            var scratch = lease.Scratch;
            scores.Clear();
            int count = FindNeighbours(query.ToSparseRow(Items.Count).Row(0), scratch, out _);
            for (int n = 0; n < count; n++)
            {
                var row = _byUser.Row(scratch.Users[n]);
                for (int m = 0; m < row.Length; m++) scores[row.Columns[m]] += scratch.Similarities[n] * row.Values[m];
            }
            Kernels.ReplaceZeros(scores, float.NaN);
        }

        /// <summary>
        /// A neighbour's part of the score is divided among the shared items as their products are among the sum that their similarity is
        /// made of, and an item's among its events as their weights.
        /// </summary>
        public void Explain(in Query query, int item, Span<float> contributions)
        {
            using var lease = _scratch.Take();
            var scratch = lease.Scratch;
            var history = query.ToSparseRow(Items.Count).Row(0);
            int count = FindNeighbours(history, scratch, out var weights);
            var ofItems = new double[history.Length];
            for (int n = 0; n < count; n++)
            {
                var row = _byUser.Row(scratch.Users[n]);
                int place = row.Columns.BinarySearch(item);
                if (place >= 0) Divide(scratch.Similarities[n] * row.Values[place], history.Columns, weights, scratch.Users[n], ofItems);
            }
            for (int n = 0; n < query.History.Length; n++)
            {
                int place = history.Columns.BinarySearch(query.History.Span[n]);
                contributions[n] = place < 0 || !query.IsLiked(n) ? 0
                    : (float)(ofItems[place] * query.WeightOf(n) / history.Values[place]);
            }
        }

        public void Save(TensorWriter writer)
        {
            TrainerOptions.Save(writer, _options);
            writer.Add("starts", _byUser.Starts);
            writer.Add("items", _byUser.Indices);
            writer.Add("weights", _byUser.Values);
        }

        // the users in scratch, best first; weights [history]: what each item counts, 0 for those that are too common
        private int FindNeighbours(SparseRow history, Scratch scratch, out float[] weights)
        {
            weights = new float[history.Length];
            Array.Clear(scratch.Sums);
            Array.Clear(scratch.Counts);
            var top = new TopK(scratch.Users, scratch.Similarities);
            _sums.Nearest(history, weights, scratch.Sums, scratch.Counts, _options.CommonItemUsers > 0 ? IsCommon : null, ref top);
            top.Sort();
            return top.Count;
        }

        private bool IsCommon(int item) => _byItem.Row(item).Length > _options.CommonItemUsers;

        // ofItems [history] += part, divided
        private void Divide(float part, ReadOnlySpan<int> history, float[] weights, int user, double[] ofItems)
        {
            var row = _sums.Weighted.Row(user);
            double sum = 0;
            for (int n = 0; n < history.Length; n++) sum += Product(row, history[n], weights[n]);
            for (int n = 0; n < history.Length; n++) ofItems[n] += part * Product(row, history[n], weights[n]) / sum;
        }

        private static double Product(SparseRow row, int item, float weight) =>
            row.Columns.BinarySearch(item) is >= 0 and var place ? (double)row.Values[place] * weight : 0;
    }

    private sealed class Scratch(int users, int neighbours)
    {
        public int[] Users { get; } = new int[Math.Min(users, neighbours)];

        public float[] Similarities { get; } = new float[Math.Min(users, neighbours)];

        public float[] Sums { get; } = new float[users];

        public float[] Counts { get; } = new float[users];
    }
}
