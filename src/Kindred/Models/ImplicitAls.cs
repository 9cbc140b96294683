using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Kindred.Data;
using Kindred.Numerics;
using Kindred.Storage;

namespace Kindred.Models;

/// <summary>
/// Implicit-feedback matrix factorization by exact alternating least squares.
/// Y. Hu, Y. Koren, C. Volinsky, "Collaborative Filtering for Implicit Feedback Datasets", ICDM 2008, eq. 3–5, with the unobserved weight and
/// the frequency-scaled regularization of S. Rendle, W. Krichene, L. Zhang, Y. Koren, "Revisiting the Performance of iALS on Item
/// Recommendation Benchmarks", RecSys 2022, eq. 3 and 5.
/// </summary>
/// <remarks>
///   X [users, d], Y [items, d]; observed pairs: c = 1 + α·weight, target 1; all others: confidence a, target 0
///   minimize  Σ observed c·(1 − x·y)² + a·Σ unobserved (x·y)² + Σ users λ(u)·|x|² + Σ items λ(i)·|y|²
///   λ(u) = λ·(|items of u| + b·a·|items|)^ν, λ(i) alike
///   x(u) ← (a·YᵀY + Σ observed (c − a)·y·yᵀ + λ(u)·I)⁻¹ Σ observed c·y
/// Hu et al. is a = 1, ν = 0. Rendle et al. is b = 1, and puts its weight α₀ on all pairs: the same problem as ours with α = 0,
/// a = α₀ / (1 + α₀). The default, b = 0, ν = 1, regularizes by observed pairs alone, as Y. Zhou, D. Wilkinson, R. Schreiber, R. Pan do,
/// "Large-Scale Parallel Collaborative Filtering for the Netflix Prize", AAIM 2008: b = 1 adds nearly the same to everyone where there
/// are many items, which is worse on our data (docs/benchmarks.md).
/// An epoch solves the items, then the users, so that a user's embedding is what folding in his history gives.
/// Cost of an epoch: 2·interactions·d² + (users + items)·d³/3 multiply-adds. Memory: (users + items)·d floats.
/// </remarks>
public sealed record ImplicitAls : ITrainer
{
    /// <summary>d, the length of an embedding.</summary>
    public int Dimensions { get; init; } = 64;

    public int Epochs { get; init; } = 10;

    /// <summary>λ. More dimensions want more of it; with b = 1 a tenth of it is enough.</summary>
    public float Regularization { get; init; } = 0.03f;

    /// <summary>ν: 1 regularizes in proportion to the number of interactions, 0 everyone alike (then λ is 10 to 1,000 times larger).</summary>
    public float FrequencyExponent { get; init; } = 1;

    /// <summary>b: how much the unobserved pairs count among the interactions that λ is scaled by; 0: not at all, 1: with their weight.</summary>
    public float UnobservedFrequency { get; init; }

    /// <summary>a, the confidence that an unobserved pair is a "no"; the more items there are, the smaller it should be: .02 for 40,000.</summary>
    public float UnobservedWeight { get; init; } = 0.1f;

    /// <summary>α: how much confidence a unit of weight adds to an observed pair; 0: all observed pairs count the same.</summary>
    public float ConfidenceScale { get; init; }

    /// <summary>ν, b and α stay as they are: with ν, λ would change by a factor of 1,000; α helps where weights say more than that it happened.</summary>
    internal static SearchSpace Space { get; } = SearchSpace.Of<ImplicitAls>("dimensions",
        ("dimensions", "16|32|64|128"), ("epochs", "2..32:log"), ("regularization", "0.001..0.3:log"), ("unobservedWeight", "0.005..0.9:log"));

    // Rows that one worker takes at a time: small enough that a block of very popular items does not keep the others waiting.
    private const int BlockRows = 16;

    // Standard deviation of the first embeddings' inner product with a unit vector; small, so that the first sweep decides.
    private const float InitialScale = 0.1f;

    public IModel Train(Interactions interactions, TrainingContext context)
    {
        Check();
        SparseMatrix byUser = interactions.ByUser, byItem = interactions.ByItem;
        Matrix x = Initial(byUser, context.Seed), y = new(byItem.Rows, Dimensions);
        for (int epoch = 1; epoch <= Epochs; epoch++)
        {
            Solve(byItem, x, y, context);
            double loss = Solve(byUser, y, x, context);
            for (int item = 0; item < y.Rows; item++) loss += Ridge(byItem.Row(item).Length, x.Rows) * Kernels.Dot(y.Row(item), y.Row(item));
            context.Progress?.Report(new(epoch, Epochs, "epoch", loss));
            if (context.EpochFinished?.Invoke(new(epoch, () => ModelOf(interactions.Items, x.Copy(), y.Copy(), context))) == false) break;
        }
        return ModelOf(interactions.Items, x, y, context);
    }

    private Model ModelOf(Vocabulary items, Matrix x, Matrix y, TrainingContext context) =>
        new(items, this, x, y, Gram.Of(y, UnobservedWeight, context.Workers, context.Cancellation));

    internal static IModel Load(TensorFile file, Vocabulary items)
    {
        var trainer = (ImplicitAls)TrainerCatalog.Create("implicit-als", JsonNode.Parse(file.Text("options"))!.AsObject());
        return new Model(items, trainer, file.Matrix("x"), file.Matrix("y"), file.Matrix("gram"));
    }

    private void Check()
    {
        if (Dimensions < 1) throw new InputException($"Dimensions must be >= 1, was {Dimensions}.");
        if (Epochs < 1) throw new InputException($"Epochs must be >= 1, was {Epochs}.");
        if (!(Regularization > 0)) throw new InputException($"Regularization must be > 0, was {Regularization}.");
        if (!(FrequencyExponent is >= 0 and <= 1)) throw new InputException($"FrequencyExponent must be in 0..1, was {FrequencyExponent}.");
        if (!(UnobservedFrequency is >= 0 and <= 1)) throw new InputException($"UnobservedFrequency must be in 0..1, was {UnobservedFrequency}.");
        if (!(UnobservedWeight is >= 0 and <= 1)) throw new InputException($"UnobservedWeight must be in 0..1, was {UnobservedWeight}.");
        if (!(ConfidenceScale >= 0 && float.IsFinite(ConfidenceScale))) throw new InputException($"ConfidenceScale must be >= 0, was {ConfidenceScale}.");
    }

    // Users without interactions start, and stay, at zero: they say nothing about the items.
    private Matrix Initial(SparseMatrix byUser, int seed)
    {
        var x = new Matrix(byUser.Rows, Dimensions);
        var rng = new Rng((ulong)seed).Fork("implicit-als");
        for (int user = 0; user < x.Rows; user++)
        {
            if (byUser.Row(user).Length == 0) continue;
            foreach (ref float value in x.Row(user)) value = (float)(rng.NextNormal() * InitialScale / Math.Sqrt(Dimensions));
        }
        return x;
    }

    /// <summary>Solves every row of x with y fixed (or the other way round, with the transposed observations).</summary>
    /// <param name="observed">[rows of x, rows of y]</param>
    /// <returns>The loss without the regularization of y, which costs nothing here: at its minimum a row's share is Σ c − x·(Σ c·y).</returns>
    private double Solve(SparseMatrix observed, Matrix y, Matrix x, TrainingContext context)
    {
        var gram = Gram.Of(y, UnobservedWeight, context.Workers, context.Cancellation);
        var losses = new double[Blocks.Count(x.Rows, BlockRows)];
        Blocks.ForEach(x.Rows, BlockRows, context.Workers, () => new RowSolver(this), (block, first, end, solver) =>
        {
            for (int row = first; row < end; row++) losses[block] += solver.Solve(observed.Row(row), y, gram, x.Row(row));
        }, context.Cancellation);
        return losses.Sum();
    }

    private float Ridge(int observed, int others) =>
        Regularization * MathF.Pow(observed + (UnobservedFrequency * UnobservedWeight * others), FrequencyExponent);

    /// <summary>The least-squares problem of one row, with the scratch memory it needs.</summary>
    private sealed class RowSolver(ImplicitAls options)
    {
        private readonly NormalEquations _equations = new(options.Dimensions);
        private float[] _weights = [], _targets = [];

        public double Solve(SparseRow observed, Matrix y, Matrix gram, Span<float> x)
        {
            if (observed.Length == 0)
            {
                x.Clear();
                return 0;
            }
            double confidence = Collect(observed, y, gram);
            _equations.Add(y, observed.Columns, _weights.AsSpan(0, observed.Length), _targets.AsSpan(0, observed.Length));
            return confidence - _equations.Solve(x);
        }

        /// <summary>z ← A⁻¹·y(item), where A is the matrix of the history's equations: score(item) = Σ history c·(y · z), Hu et al. §5.</summary>
        public void SolveForItem(SparseRow history, Matrix y, Matrix gram, int item, Span<float> z)
        {
            Collect(history, y, gram);
            Array.Clear(_targets);
            _equations.Add(y, history.Columns, _weights.AsSpan(0, history.Length), _targets.AsSpan(0, history.Length));
            _equations.Add(y, [item], [0], [1]);
            _equations.Solve(z);
        }

        // Σ c
        private double Collect(SparseRow observed, Matrix y, Matrix gram)
        {
            if (_weights.Length < observed.Length) (_weights, _targets) = (new float[2 * observed.Length], new float[2 * observed.Length]);
            double sum = 0;
            for (int n = 0; n < observed.Length; n++)
            {
                float confidence = 1 + (options.ConfidenceScale * observed.Values[n]);
                _weights[n] = confidence - options.UnobservedWeight;
                _targets[n] = confidence;
                sum += confidence;
            }
            _equations.Start(gram, options.Ridge(observed.Length, y.Rows));
            return sum;
        }
    }

    /// <param name="x">[users, d]</param>
    /// <param name="y">[items, d]; zero: nobody touched the item.</param>
    /// <param name="gram">[d, d]: a·YᵀY</param>
    private sealed class Model(Vocabulary items, ImplicitAls options, Matrix x, Matrix y, Matrix gram)
        : IEmbeddingModel, IExplainableModel
    {
        private readonly ConcurrentBag<RowSolver> _idle = []; // their scratch memory is too large to make anew for every query

        public Vocabulary Items => items;

        public Matrix ItemEmbeddings => y;

        /// <summary>Folds the history in; a user of the training data without a history in the query gets his trained embedding.</summary>
        public bool TryEmbed(in Query query, Span<float> embedding)
        {
            if (query.History.IsEmpty)
            {
                if ((uint)query.User >= (uint)x.Rows || !x.Row(query.User).ContainsAnyExcept(0)) return false;
                x.Row(query.User).CopyTo(embedding);
                return true;
            }
            if (!_idle.TryTake(out var solver)) solver = new(options);
            solver.Solve(query.Distinct(items.Count).Row(0), y, gram, embedding);
            _idle.Add(solver);
            return embedding.ContainsAnyExcept(0); // a history of items that nobody touched says nothing
        }

        public void Explain(in Query query, int item, Span<float> contributions)
        {
            var history = query.Distinct(items.Count).Row(0);
            Span<float> z = new float[y.Columns];
            if (!_idle.TryTake(out var solver)) solver = new(options);
            solver.SolveForItem(history, y, gram, item, z);
            _idle.Add(solver);
            for (int n = 0; n < contributions.Length; n++)
            {
                int past = query.History.Span[n];
                float total = history.Values[history.Columns.BinarySearch(past)];
                // an item that occurs several times: its contribution is shared by weight
                contributions[n] = (1 + (options.ConfidenceScale * total)) * Kernels.Dot(y.Row(past), z) * query.WeightOf(n) / total;
            }
        }

        public void Save(TensorWriter writer)
        {
            writer.AddText("options", TrainerCatalog.OptionsOf(options).ToJsonString());
            writer.Add("x", x);
            writer.Add("y", y);
            writer.Add("gram", gram);
        }
    }
}
