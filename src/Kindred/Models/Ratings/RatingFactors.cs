using System.Diagnostics.CodeAnalysis;
using Kindred.Data;
using Kindred.Numerics;
using Kindred.Numerics.Dense;
using Kindred.Storage;

namespace Kindred.Models.Ratings;

/// <summary>
/// Factors and biases that predict ratings: what <see cref="MatrixFactorization"/>, <see cref="SvdPlusPlus"/> and <see cref="ExplicitAls"/>
/// learn.
/// </summary>
/// <remarks>
///   score(u, i) = μ + b(u) + b(i) + x·y, as an inner product: a user is (x, 1, μ + b(u)), an item (y, b(i), 1)
/// A user's x and b are solved exactly from the history (<see cref="RatingSolver"/>), by training as well as by a query, so that a user of
/// the training data has the embedding that folding in their history gives, bit by bit. SVD++ adds what the history says by itself:
/// x = p + Σ z / √|history|, p solved with that sum fixed.
/// Scores are not clipped: ranking needs their order beyond the end of the scale. <see cref="Predict"/> clips.
/// A history without weights says nothing of likes: only SVD++ answers it, others take the trained embedding of the user, if there is one.
/// </remarks>
/// <param name="x">[users, d + 2]: x, 1, b(u); zero: no ratings.</param>
/// <param name="y">[items, d + 2]: y, b(i), 1; zero: no ratings.</param>
/// <param name="z">[items, d], or null: what having rated an item says of a user.</param>
internal sealed class RatingFactors(Vocabulary items, RatingFactorTrainer trainer, RatingScale scale, Matrix x, Matrix y, Matrix? z = null)
    : IRatingModel, IItemFoldIn
{
    private readonly int _d = trainer.Dimensions;

    private readonly ScratchPool<RatingSolver> _forUsers = ForUsers(trainer, scale, y);
    private readonly ScratchPool<RatingSolver> _forItems = ForItems(trainer, scale, x);

    public Vocabulary Items => items;

    public Matrix ItemEmbeddings => y;

    /// <summary>[users, d + 2]: x, 1, b(u); zero: no ratings.</summary>
    public Matrix Users => x;

    /// <summary>[items, d], or null.</summary>
    public Matrix? Implicit => z;

    public RatingFactorTrainer Trainer => trainer;

    public static IModel Load<[DynamicallyAccessedMembers(TrainerOptions.Kept)] T>(
        TensorFile file, Vocabulary items) where T : RatingFactorTrainer, new()
    {
        var scale = file.Array<float>("scale").Span;
        var trainer = TrainerOptions.Load<T>(file);
        return new RatingFactors(items, trainer, new(scale[0], scale[1], scale[2]), file.Matrix("x"), file.Matrix("y"),
            trainer.HasImplicitPart ? file.Matrix("z") : null);
    }

    public void Save(TensorWriter writer)
    {
        TrainerOptions.Save(writer, trainer);
        writer.Add<float>("scale", new[] { scale.Mean, scale.Lowest, scale.Highest });
        writer.Add("x", x);
        writer.Add("y", y);
        if (z is not null) writer.Add("z", z);
    }

    public bool TryEmbed(in Query query, Span<float> embedding)
    {
        bool saysNothing = query.History.IsEmpty || (query.Weights.IsEmpty && z is null);
        if (saysNothing && !TryTrained(query.LearnedUser, embedding)) return false;
        if (!saysNothing && !TryFoldIn(ObservedRatings.Of(query, items.Count).Row(0), !query.Weights.IsEmpty, embedding)) return false;
        embedding[_d + 1] += scale.Mean;
        return true;
    }

    /// <param name="history">Of any user; items that were not trained on are left out.</param>
    /// <param name="hasRatings">False: it is only known what was rated.</param>
    /// <param name="embedding">[d + 2], overwritten: x, 1, b(u).</param>
    /// <returns>False when none of its items was trained on.</returns>
    public bool TryFoldIn(SparseRow history, bool hasRatings, Span<float> embedding)
    {
        var (columns, values) = Known(history);
        if (columns.Length == 0) return false;
        var own = embedding[.._d];
        float[] fixedPart = z is null ? [] : ImplicitPart(z, columns);
        own.Clear();
        float bias = 0;
        if (hasRatings)
        {
            using var solver = _forUsers.Take();
            (bias, _) = solver.Scratch.Solve(new(columns, values), fixedPart, own);
        }
        if (z is not null) Kernels.AddScaled(1, fixedPart, own);
        (embedding[_d], embedding[_d + 1]) = (1, bias);
        return true;
    }

    /// <summary>
    /// The item's minimum of the squared error, the users fixed. Trained items of ALS were solved before the users' last solution, those of
    /// the others not at all, so that for one of them the result is only near its trained embedding.
    /// </summary>
    public bool TryEmbedItem(ReadOnlySpan<int> users, ReadOnlySpan<float> weights, Span<float> embedding)
    {
        if (!weights.IsEmpty && weights.Length != users.Length)
            throw new ArgumentException($"{users.Length} users, but {weights.Length} ratings.", nameof(weights));
        foreach (int user in users) ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)user, (uint)x.Rows, nameof(users));
        var ratings = ObservedRatings.Of(new Query(-1, users.ToArray(), weights.ToArray()), x.Rows).Row(0);
        var (columns, values) = Filtered(ratings, x.Rows, x, _d);
        if (columns.Length == 0 || weights.IsEmpty) return false; // without ratings nothing is known
        using var solver = _forItems.Take();
        (embedding[_d], _) = solver.Scratch.Solve(new(columns, values), [], embedding[.._d]);
        embedding[_d + 1] = 1;
        return true;
    }

    public float FallbackScore(in Query query)
    {
        Span<float> embedding = new float[_d + 2];
        return TryEmbed(query, embedding) ? embedding[_d + 1] : scale.Mean;
    }

    public void Predict(in Query query, ReadOnlySpan<int> items, Span<float> values)
    {
        Span<float> embedding = new float[_d + 2];
        if (!TryEmbed(query, embedding))
        {
            embedding.Clear();
            (embedding[_d], embedding[_d + 1]) = (1, scale.Mean);
        }
        for (int n = 0; n < items.Length; n++)
        {
            bool isTrained = y.Row(items[n])[_d + 1] != 0;
            values[n] = scale.Clip(isTrained ? Kernels.Dot(embedding, y.Row(items[n])) : embedding[_d + 1]);
        }
    }

    /// <returns>[d]: Σ z / √count</returns>
    internal static float[] ImplicitPart(Matrix z, ReadOnlySpan<int> items)
    {
        var part = new float[z.Columns];
        var factors = new float[items.Length];
        factors.AsSpan().Fill(1 / MathF.Sqrt(items.Length));
        GatheredRows.AddSum(z, items, factors, part);
        return part;
    }

    private bool TryTrained(int user, Span<float> embedding)
    {
        if ((uint)user >= (uint)x.Rows || x.Row(user)[_d] == 0) return false;
        x.Row(user).CopyTo(embedding);
        return true;
    }

    private (int[] Columns, float[] Values) Known(SparseRow history) => Filtered(history, items.Count, y, _d + 1);

    // Entries of rows that were trained on: their constant is 1.
    private static (int[] Columns, float[] Values) Filtered(SparseRow row, int count, Matrix embeddings, int one)
    {
        var (columns, values) = (new int[row.Length], new float[row.Length]);
        int kept = 0;
        for (int n = 0; n < row.Length; n++)
        {
            int column = row.Columns[n];
            if (column < count && embeddings.Row(column)[one] != 0) (columns[kept], values[kept++]) = (column, row.Values[n]);
        }
        return (columns[..kept], values[..kept]);
    }

    private static ScratchPool<RatingSolver> ForUsers(RatingFactorTrainer trainer, RatingScale scale, Matrix y)
    {
        float[] biases = Column(y, trainer.Dimensions);
        return new(() => new(trainer, scale.Mean, y, biases));
    }

    // only items that come later need the biases of the users
    private static ScratchPool<RatingSolver> ForItems(RatingFactorTrainer trainer, RatingScale scale, Matrix x)
    {
        var biases = new Lazy<float[]>(() => Column(x, trainer.Dimensions + 1));
        return new(() => new(trainer, scale.Mean, x, biases.Value));
    }

    private static float[] Column(Matrix matrix, int column)
    {
        var values = new float[matrix.Rows];
        for (int row = 0; row < values.Length; row++) values[row] = matrix.Row(row)[column];
        return values;
    }
}
