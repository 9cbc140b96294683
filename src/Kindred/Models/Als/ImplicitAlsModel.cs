using Kindred.Data;
using Kindred.Models.Features;
using Kindred.Numerics;
using Kindred.Numerics.Dense;
using Kindred.Storage;

namespace Kindred.Models.Als;

/// <summary>What <see cref="ImplicitAls"/> learned. Histories and items are folded in exactly, whichever solver trained it.</summary>
/// <param name="x">[users, d]</param>
/// <param name="y">[items, d]; zero: nobody touched the item, and nothing is known of it.</param>
/// <param name="gram">[d, d]: a·YᵀY, of the items with events.</param>
/// <param name="map">Null: items without events have no factors.</param>
internal sealed class ImplicitAlsModel(Vocabulary items, ImplicitAls options, Matrix x, Matrix y, Matrix gram, AttributeMap? map)
    : IExplainableModel, IItemFoldIn, IAttributeFoldIn
{
    private readonly ScratchPool<ImplicitAlsExact> _forUsers = new(() => new(options, y, gram));
    private readonly ScratchPool<ImplicitAlsExact> _forItems = ForItems(options, x);

    public Vocabulary Items => items;

    public Matrix ItemEmbeddings => y;

    /// <summary>[users, d]</summary>
    public Matrix UserEmbeddings => x;

    /// <summary>
    /// Folds the history in; a user of the training data without a history in the query gets their trained embedding. The exact solver's
    /// trained embedding is that of the user's history, bit by bit; the other solvers come near it.
    /// </summary>
    public bool TryEmbed(in Query query, Span<float> embedding)
    {
        if (query.History.IsEmpty)
        {
            if ((uint)query.LearnedUser >= (uint)x.Rows || !x.Row(query.LearnedUser).ContainsAnyExcept(0)) return false;
            x.Row(query.LearnedUser).CopyTo(embedding);
            return true;
        }
        return TryEmbed(query.ToSparseRow(items.Count).Row(0), embedding);
    }

    /// <param name="history">Of any user; what is not among the model's items is left out.</param>
    public bool TryEmbed(SparseRow history, Span<float> embedding)
    {
        int known = history.Columns.BinarySearch(items.Count);
        known = known < 0 ? ~known : known;
        using var solver = _forUsers.Take();
        solver.Scratch.Solve(new SparseRow(history.Columns[..known], history.Values[..known]), embedding);
        return embedding.ContainsAnyExcept(0); // a history of items that nobody touched says nothing
    }

    /// <summary>
    /// The item's minimum of the objective, the users fixed. Trained items were solved before the users' last solution, so that for one of
    /// them the result is near its trained embedding, and nearer the more epochs there were.
    /// </summary>
    public bool TryEmbedItem(ReadOnlySpan<int> users, ReadOnlySpan<float> weights, Span<float> embedding)
    {
        if (!weights.IsEmpty && weights.Length != users.Length)
            throw new ArgumentException($"{users.Length} users, but {weights.Length} weights.", nameof(weights));
        foreach (int user in users) ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)user, (uint)x.Rows, nameof(users));
        var row = new Query(-1, users.ToArray(), weights.ToArray()).ToSparseRow(x.Rows).Row(0);
        using var solver = _forItems.Take();
        solver.Scratch.Solve(row, embedding);
        return embedding.ContainsAnyExcept(0);
    }

    public Matrix? EmbedItems(Catalog attributes) => map?.Embed(attributes);

    public void Explain(in Query query, int item, Span<float> contributions)
    {
        var history = query.ToSparseRow(items.Count).Row(0);
        Span<float> z = new float[y.Columns];
        using var solver = _forUsers.Take();
        solver.Scratch.SolveForItem(history, item, z);
        for (int n = 0; n < contributions.Length; n++)
        {
            int past = query.History.Span[n];
            int place = history.Columns.BinarySearch(past);
            contributions[n] = 0;
            if (place < 0 || !query.IsLiked(n)) continue; // what was rated 0 or below says nothing
            float total = history.Values[place];
            // an item that occurs several times: its contribution is shared by weight
            contributions[n] = options.ConfidenceOf(total) * Kernels.Dot(y.Row(past), z) * query.WeightOf(n) / total;
        }
    }

    public void Save(TensorWriter writer)
    {
        TrainerOptions.Save(writer, options);
        writer.Add("x", x);
        writer.Add("y", y);
        writer.Add("gram", gram);
        map?.Save(writer);
    }

    // only items that come later need the matrix of the users
    private static ScratchPool<ImplicitAlsExact> ForItems(ImplicitAls options, Matrix x)
    {
        var gram = new Lazy<Matrix>(() => Gram.Of(x, options.Unobserved, Environment.ProcessorCount, default));
        return new(() => new(options, x, gram.Value));
    }
}
