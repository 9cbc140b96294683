using System.Diagnostics.CodeAnalysis;
using Kindred.Data;
using Kindred.Models.Features;
using Kindred.Models.Sampling;
using Kindred.Numerics;
using Kindred.Storage;

namespace Kindred.Models.Sgd;

/// <summary>Factors that were learned by stochastic gradients.</summary>
/// <remarks>
/// The history decides: one that was trained on gets the embedding that was trained for it, so that what is evaluated is what is served.
/// Any other is folded in: its user is trained alone, from zero, with the items as they are, for as many epochs as the items were, with
/// negatives drawn from all items by a generator that is forked from the seed and the history. That costs epochs · history steps.
/// A user of the training data without a history in the query gets their trained embedding. Items are folded in by
/// <see cref="ItemFoldIn"/>.
/// </remarks>
/// <param name="x">[users, d]</param>
/// <param name="y">[items, d]; zero: nobody touched the item, and nothing is known of it.</param>
/// <param name="popularity">[items], users of each.</param>
/// <param name="map">Null: items without events have no factors.</param>
internal sealed class SgdModel(
    Vocabulary items, SgdTrainer trainer, int seed, Matrix x, Matrix y, ReadOnlyMemory<int> popularity, HistoryLookup histories,
    AttributeMap? map) : IItemFoldIn, IAttributeFoldIn
{
    private readonly Matrix _served = trainer.HasUnitLength ? Normalized(y) : y;
    private readonly Lazy<NegativeSampler> _negatives = new(() => new(
        [.. Enumerable.Range(0, items.Count).Where(item => popularity.Span[item] > 0)], popularity.Span, trainer.NegativeExponent));

    private ItemFoldIn? _itemFoldIn; // made when first asked for

    public Vocabulary Items => items;

    public SgdTrainer Trainer => trainer;

    public Matrix X => x;

    public Matrix Y => y;

    public Matrix ItemEmbeddings => _served;

    public static IModel Load<[DynamicallyAccessedMembers(TrainerOptions.Kept)] T>(
        TensorFile file, Vocabulary items) where T : SgdTrainer, new() => new SgdModel(
        items, TrainerOptions.Load<T>(file), file.Array<int>("seed").Span[0],
        file.Matrix("x"), file.Matrix("y"), file.Array<int>("popularity"), HistoryLookup.Load(file), AttributeMap.Load(file));

    public void Save(TensorWriter writer)
    {
        TrainerOptions.Save(writer, trainer);
        writer.Add<int>("seed", new[] { seed });
        writer.Add("x", x);
        writer.Add("y", y);
        writer.Add("popularity", popularity);
        histories.Save(writer);
        map?.Save(writer);
    }

    public bool TryEmbed(in Query query, Span<float> embedding)
    {
        if (query.History.IsEmpty)
        {
            if ((uint)query.LearnedUser >= (uint)x.Rows || !x.Row(query.LearnedUser).ContainsAnyExcept(0)) return false;
            x.Row(query.LearnedUser).CopyTo(embedding);
        }
        else
        {
            var history = query.ToSparseRow(items.Count).Row(0);
            if (history.Length == 0) return false;
            long hash = HistoryLookup.HashOf(history);
            if (histories.TryFind(hash, out int user)) x.Row(user).CopyTo(embedding);
            else if (!TryFoldIn(history, hash, embedding)) return false;
        }
        if (trainer.HasUnitLength) Normalize(embedding);
        return true;
    }

    public bool TryEmbedItem(ReadOnlySpan<int> users, ReadOnlySpan<float> weights, Span<float> embedding)
    {
        if (!weights.IsEmpty && weights.Length != users.Length)
            throw new ArgumentException($"{users.Length} users, but {weights.Length} weights.", nameof(weights));
        foreach (int user in users) ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)user, (uint)x.Rows, nameof(users));
        var touchedBy = new Query(-1, users.ToArray(), weights.ToArray()).ToSparseRow(x.Rows).Row(0);
        if (!popularity.Span.ContainsAnyExcept(0)) return false;
        var foldIn = LazyInitializer.EnsureInitialized(ref _itemFoldIn, () =>
            new(trainer, x, _served, popularity.Span, new Rng((ulong)seed).Fork("fold in items")));
        if (!foldIn.TryEmbed(touchedBy, embedding)) return false;
        if (trainer.HasUnitLength) Normalize(embedding);
        return true;
    }

    public Matrix? EmbedItems(Catalog attributes) => map?.Embed(attributes) is not { } rows ? null
        : trainer.HasUnitLength ? Normalized(rows) : rows;

    /// <summary>Folds a history in, even one that was trained on.</summary>
    internal bool TryFoldIn(SparseRow history, long hash, Span<float> embedding)
    {
        var (known, weights) = Known(history);
        if (known.Length == 0) return false;
        var user = new Matrix(1, y.Columns);
        if (trainer.Biases.Item >= 0) user.Row(0)[trainer.Biases.Item] = 1;
        var rows = new FactorTable(user, y, trainer, trainer.Biases, itemsMove: false);
        var learn = trainer.CreateLearner(rows, popularity);
        var block = new PairBlock();
        block.Clear(_negatives.Value, 1);
        block.Add(0, known, weights, []);
        var rng = new Rng((ulong)seed).Fork("fold in", hash);
        for (int epoch = 1; epoch <= trainer.Epochs; epoch++)
        {
            rows.Rate = trainer.RateAt(epoch);
            block.Shuffle(rng);
            learn(block, rng);
        }
        user.Row(0).CopyTo(embedding);
        return true;
    }

    // Items that a user touched; the others say nothing.
    private (int[] Items, float[] Weights) Known(SparseRow history)
    {
        List<int> known = [];
        List<float> weights = [];
        for (int n = 0; n < history.Length; n++)
        {
            if (popularity.Span[history.Columns[n]] == 0) continue;
            known.Add(history.Columns[n]);
            weights.Add(history.Values[n]);
        }
        return ([.. known], TrainingPairs.Relative([.. weights]));
    }

    internal static Matrix Normalized(Matrix rows)
    {
        var copy = rows.Copy();
        for (int row = 0; row < copy.Rows; row++) Normalize(copy.Row(row));
        return copy;
    }

    internal static void Normalize(Span<float> row)
    {
        float length = MathF.Sqrt(Kernels.Dot(row, row));
        if (length > 0) foreach (ref float value in row) value /= length;
    }
}
