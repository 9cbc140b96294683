using System.ComponentModel.DataAnnotations;
using Kindred.Data;
using Kindred.Models;
using Kindred.Models.Als;
using Kindred.Models.Features;
using Kindred.Numerics;
using Kindred.Numerics.Dense;
using Kindred.Storage;

namespace Kindred;

/// <summary>
/// Implicit-feedback matrix factorization by alternating least squares, exact or by one of two solvers that are cheaper.
/// Y. Hu, Y. Koren, C. Volinsky, "Collaborative Filtering for Implicit Feedback Datasets", ICDM 2008, eq. 3–5, with the unobserved weight
/// and the frequency-scaled regularization of S. Rendle, W. Krichene, L. Zhang, Y. Koren, "Revisiting the Performance of iALS on Item
/// Recommendation Benchmarks", RecSys 2022, eq. 3 and 5.
/// </summary>
/// <remarks>
///   X [users, d], Y [items, d]; observed pairs: c = 1 + α·weight or 1 + α·ln(1 + weight/ε), target 1; all others: confidence a, target 0
///   minimize  Σ observed c·(1 − x·y)² + a·Σ unobserved (x·y)² + Σ users λ(u)·|x|² + Σ items λ(i)·|y|²
///   λ(u) = λ·(|items of u| + b·a·|items|)^ν, λ(i) alike
///   x(u) ← (a·YᵀY + Σ observed (c − a)·y·yᵀ + λ(u)·I)⁻¹ Σ observed c·y
/// Hu et al. is a = 1, ν = 0. Rendle et al. is b = 1, and puts its weight α₀ on all pairs: the same problem as ours with α = 0,
/// a = α₀ / (1 + α₀). The default, b = 0, ν = 1, regularizes by observed pairs alone, as Y. Zhou, D. Wilkinson, R. Schreiber, R. Pan do,
/// "Large-Scale Parallel Collaborative Filtering for the Netflix Prize", AAIM 2008: b = 1 adds nearly the same to everyone where there
/// are many items, which is worse on our data (docs/benchmarks.md).
/// An epoch solves the items, then the users, so that a user's embedding is what folding in their history gives.
/// Cost of an epoch with the exact solver: 2·interactions·d² + (users + items)·d³/3 multiply-adds; the others: see <see cref="AlsSolver"/>.
/// All of them lower the same loss. Memory: (users + items)·d floats.
/// </remarks>
public sealed record ImplicitAls : IIncrementalTrainer, IDataDefaults
{
    /// <summary>d, the length of an embedding.</summary>
    [Range(1, int.MaxValue)]
    public int Dimensions { get; init; } = 128;

    /// <summary>Passes over the data.</summary>
    [Range(1, int.MaxValue)]
    public int Epochs { get; init; } = 10;

    /// <summary>
    /// λ. More dimensions want more of it; with b = 1 a tenth of it is enough. Not given: 10 / (pairs / items), from .02 to .1, for ν = 1.
    /// </summary>
    [Range(0, double.MaxValue, MinimumIsExclusive = true)]
    public float? Regularization { get; init; }

    /// <summary>
    /// ν: 1 regularizes in proportion to the number of interactions, 0 everyone alike (then λ is 10 to 1,000 times larger).
    /// </summary>
    [Range(0, 1)]
    public float FrequencyExponent { get; init; } = 1;

    /// <summary>
    /// b: how much the unobserved pairs count among the interactions that λ is scaled by; 0: not at all, 1: with their weight.
    /// </summary>
    [Range(0, 1)]
    public float UnobservedFrequency { get; init; }

    /// <summary>
    /// a, the confidence that an unobserved pair is a "no". Not given: 7 · Σ users(i)² / (pairs · users), from .01 to .6: seven times the
    /// share of users who have the item of a pair, on average.
    /// </summary>
    [Range(0, 1)]
    public float? UnobservedWeight { get; init; }

    /// <summary>α: how much confidence a unit of weight adds to an observed pair; 0: all observed pairs count the same.</summary>
    [Range(0, double.MaxValue)]
    public float ConfidenceScale { get; init; }

    /// <summary>How confidence grows with the weight: in proportion, or with its logarithm, where a few weights are very large.</summary>
    public ConfidenceGrowth ConfidenceGrowth { get; init; }

    /// <summary>ε: logarithmic confidence is 1 + α·ln(1 + weight/ε), Hu et al. eq. 6; linear confidence has none.</summary>
    [Range(0, double.MaxValue, MinimumIsExclusive = true)]
    public float ConfidenceUnit { get; init; } = 1;

    /// <summary>How each side is solved; the cheaper ones need a few more epochs for the same loss.</summary>
    public AlsSolver Solver { get; init; }

    /// <summary>Of the conjugate gradient solver, for each row and epoch.</summary>
    [Range(1, int.MaxValue)]
    public int ConjugateGradientSteps { get; init; } = 3;

    /// <summary>Dimensions that the subspace solver solves together; a multiple of 16 is fastest.</summary>
    [Range(1, int.MaxValue)]
    public int BlockDimensions { get; init; } = 64;

    /// <summary>
    /// Attributes by which items without events get factors, by ridge regression on those with events: names with + between them, such as
    /// item.genres; item.* stands for all labels and numbers there are, a text is named: item.title. Empty: they get none.
    /// </summary>
    public string Features { get; init; } = "";

    public TrainerSummary Summary => new(
        "implicit-als", "factors by weighted least squares over all pairs, in closed form", "events; weights if they say how much",
        "interactions · d² + (users + items) · d³",
        Capabilities.Personal | Capabilities.Embeds | Capabilities.Explains | Capabilities.FoldsItemsIn
            | Capabilities.Incremental | Capabilities.Epochs);

    /// <summary>
    /// ν, b and α stay as they are: with ν, λ would change by a factor of 1,000; α helps where weights say more than that it happened.
    /// </summary>
    internal static SearchSpace Space { get; } = SearchSpace.Of<ImplicitAls>("dimensions",
        ("dimensions", "16|32|64|128"), ("epochs", "2..32:log"), ("regularization", "0.001..0.3:log"),
        ("unobservedWeight", "0.005..0.9:log"));

    // Rows that one worker takes at a time: small enough that a block of very popular items does not keep the others waiting.
    private const int BlockRows = 16;

    // Where what is popular is known to many, not to have had it says more.
    private const double UnobservedOverPopularity = 7;

    // λ(i) of an item with as many interactions as the mean, at most.
    private const double RidgeOfMeanItem = 10;

    // Standard deviation of the first embeddings' inner product with a unit vector; small, so that the first sweep decides.
    private const float InitialScale = 0.1f;

    public IModel Train(Interactions interactions, TrainingContext context)
    {
        OptionCheck.Check(this);
        CheckSize(interactions, context);
        var x = Initial(interactions.ByUser, context.Seed);
        return For(interactions).Descend(interactions, x, new(interactions.Items.Count, Dimensions), context);
    }

    /// <summary>
    /// Epochs over all events, from the model's embeddings. Users who are not in the model, or had no events, are folded in first; one
    /// who has only items that are new as well begins at random.
    /// </summary>
    public IModel ContinueFrom(IModel model, Interactions interactions, TrainingContext context)
    {
        OptionCheck.Check(this);
        if (model is not ImplicitAlsModel old)
            throw new InputException(
                "implicit-als can continue only from a model of implicit-als, and this one is of another kind; train a new model.");
        if (old.ItemEmbeddings.Columns != Dimensions)
            throw new InputException(
                $"Dimensions must be {old.ItemEmbeddings.Columns}, as in the model to continue from, was {Dimensions}.");
        if (!interactions.Items.BeginsWith(old.Items) || interactions.Users.Count < old.UserEmbeddings.Rows)
            throw new InputException(
                $"The ids must begin with the {old.UserEmbeddings.Rows} users and {old.Items.Count} items of the model to continue " +
                $"from, in the same order; add those that came later behind them.");
        CheckSize(interactions, context);
        Matrix x = Initial(interactions.ByUser, context.Seed), y = new(interactions.Items.Count, Dimensions);
        old.ItemEmbeddings.Values.CopyTo(y.Values);
        FoldIn(interactions.ByUser, old, x, context);
        return For(interactions).Descend(interactions, x, y, context);
    }

    ITrainer IDataDefaults.For(DataShape data) => For(data);

    internal ImplicitAls For(DataShape data) => this with
    {
        Regularization = Regularization ?? DataShape.Rounded(RidgeOfMeanItem / data.PairsPerItem, .02, .1),
        UnobservedWeight = UnobservedWeight ?? DataShape.Rounded(UnobservedOverPopularity * data.Popularity, .01, .6),
    };

    internal ImplicitAls For(Interactions data) =>
        Regularization is not null && UnobservedWeight is not null ? this : For(DataShape.Of(data));

    /// <summary>a, of a trainer that knows its data: see <see cref="For(DataShape)"/>.</summary>
    internal float Unobserved => UnobservedWeight ?? throw DataDefaults.NotKnown(nameof(UnobservedWeight));

    private ImplicitAlsModel Descend(Interactions interactions, Matrix x, Matrix y, TrainingContext context)
    {
        SparseMatrix byUser = interactions.ByUser, byItem = interactions.ByItem;
        int[] users = Features.Length == 0 ? [] : interactions.CountUsersOfItems();
        using var maps = AttributeRegression.For(Features, interactions, users, context);
        ImplicitAlsModel Between() => ModelOf(interactions, x.Copy(), y.Copy(), users, maps?.LearnBetween(y), context);
        for (int epoch = 1; epoch <= Epochs; epoch++)
        {
            Solve(byItem, x, y, context);
            double loss = Solve(byUser, y, x, context);
            for (int item = 0; item < y.Rows; item++)
                loss += Ridge(byItem.Row(item).Length, x.Rows) * Kernels.Dot(y.Row(item), y.Row(item));
            context.Progress?.Report(new(epoch, Epochs, "epoch", loss));
            if (context.EpochFinished?.Invoke(new(epoch, Between)) == false) break;
        }
        return ModelOf(interactions, x, y, users, maps?.Learn(y), context);
    }

    private ImplicitAlsModel ModelOf(
        Interactions interactions, Matrix x, Matrix y, ReadOnlySpan<int> users, AttributeMap? map, TrainingContext context)
    {
        // what nobody could touch is no "no" of anyone
        var gram = Gram.Of(y, Unobserved, context.Workers, context.Cancellation);
        map?.Fill(y, interactions.ItemAttributes, users);
        return new(interactions.Items, this, x, y, gram, map);
    }

    internal static IModel Load(TensorFile file, Vocabulary items)
    {
        var trainer = TrainerOptions.Load<ImplicitAls>(file);
        return new ImplicitAlsModel(
            items, trainer, file.Matrix("x"), file.Matrix("y"), file.Matrix("gram"), AttributeMap.Load(file));
    }

    // the exact solver has a matrix of its own for each worker
    private void CheckSize(Interactions interactions, TrainingContext context) => TableSize.Check(
        Dimensions, interactions,
        squares: Gram.MatricesFor(Math.Max(interactions.Users.Count, interactions.Items.Count)) + context.Workers);

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

    // Rows of users whom the model knows are taken from it; those of the others are what it makes of their histories, if anything.
    private void FoldIn(SparseMatrix byUser, ImplicitAlsModel old, Matrix x, TrainingContext context) =>
        Blocks.ForEach(x.Rows, BlockRows, context.Workers, () => new float[Dimensions], (_, first, end, folded) =>
        {
            for (int user = first; user < end; user++)
            {
                if (byUser.Row(user).Length == 0) continue;
                if (user < old.UserEmbeddings.Rows && old.UserEmbeddings.Row(user).ContainsAnyExcept(0))
                    old.UserEmbeddings.Row(user).CopyTo(x.Row(user));
                else if (old.TryEmbed(byUser.Row(user), folded)) folded.CopyTo(x.Row(user));
            }
        }, context.Cancellation);

    /// <summary>Solves every row of x with y fixed (or the other way round, with the transposed observations).</summary>
    /// <param name="observed">[rows of x, rows of y]</param>
    /// <returns>The loss without the regularization of y.</returns>
    private double Solve(SparseMatrix observed, Matrix y, Matrix x, TrainingContext context)
    {
        var gram = Gram.Of(y, Unobserved, context.Workers, context.Cancellation);
        var losses = new double[Blocks.Count(x.Rows, BlockRows)];
        Blocks.ForEach(x.Rows, BlockRows, context.Workers, SolversFor(y, gram),
            (block, first, end, solver) => losses[block] = solver.Solve(observed, x, first, end), context.Cancellation);
        return losses.Sum();
    }

    /// <param name="y">[others, d], fixed.</param>
    /// <param name="gram">[d, d]: a·YᵀY</param>
    /// <returns>Makes the solver of one thread.</returns>
    internal Func<IAlsSolver> SolversFor(Matrix y, Matrix gram)
    {
        if (Solver == AlsSolver.Exact) return () => new ImplicitAlsExact(this, y, gram);
        if (Solver == AlsSolver.ConjugateGradient) return () => new ImplicitAlsGradient(this, y, gram);
        var parts = ImplicitAlsSubspace.Cut(gram, BlockDimensions);
        return () => new ImplicitAlsSubspace(this, y, parts);
    }

    /// <returns>λ(u) of a row with so many observed pairs, of <paramref name="others"/>.</returns>
    internal float Ridge(int observed, int others) =>
        (Regularization ?? throw DataDefaults.NotKnown(nameof(Regularization)))
            * MathF.Pow(observed + (UnobservedFrequency * Unobserved * others), FrequencyExponent);

    /// <returns>c of an observed pair.</returns>
    internal float ConfidenceOf(float weight) =>
        1 + (ConfidenceScale * (ConfidenceGrowth == ConfidenceGrowth.Linear ? weight : MathF.Log(1 + (weight / ConfidenceUnit))));

    /// <param name="observed">[n], the weights of a row's pairs.</param>
    /// <param name="weights">[≥ n], overwritten: c − a.</param>
    /// <param name="targets">[≥ n], overwritten: c.</param>
    /// <returns>Σ c, the loss of a row of zeros.</returns>
    internal double Weigh(ReadOnlySpan<float> observed, Span<float> weights, Span<float> targets)
    {
        double sum = 0;
        float unobserved = Unobserved;
        for (int n = 0; n < observed.Length; n++)
        {
            float confidence = ConfidenceScale == 0 ? 1 : ConfidenceOf(observed[n]);
            weights[n] = confidence - unobserved;
            targets[n] = confidence;
            sum += confidence;
        }
        return sum;
    }
}
