using System.ComponentModel.DataAnnotations;
using Kindred.Data;
using Kindred.Models;
using Kindred.Models.Features;
using Kindred.Models.Sampling;
using Kindred.Numerics;
using Kindred.Numerics.Sgd;
using Kindred.Storage;

namespace Kindred;

/// <summary>
/// A factorization machine: any features of user, item and moment, each pair of them with an interaction.
/// S. Rendle, "Factorization Machines", ICDM 2010, eq. 1; "Factorization Machines with libFM", TIST 2012, §3.1–3.2.
/// </summary>
/// <remarks>
///   score(x) = w0 + Σ x·w + Σ pairs x·x'·(v·v'),  V [columns of all features, d], w [columns]
///   minimize  Σ rows weight·loss(score) + ½·Σ rows Σ columns of the row f^(ν−1)·(λw·w² + λ·|v|²), f the column's training events
/// The part of a score that the query alone decides is folded once: S = Σ x·v of the query, T = Σ x·v of an item,
///   score = ⟨(S, 1, const(query)), (T, w(item) + pairs within the item, 1)⟩,
/// so that it is a model of embeddings, and an item costs one inner product. Items and users without an event are scored by their
/// attributes. Labels weigh 1/√(labels of the row); numbers are standardized over the training events; hour and weekday are those of UTC.
/// Differs from libFM: the penalty is spread over the rows that hold a column (ν = 1, its SGD), or is the same for all columns (ν = 0, its
/// ALS), for both solvers. Cost of an epoch: rows · features · d, rows = events · (1 + negatives).
/// </remarks>
public sealed record FactorizationMachine : IIncrementalTrainer, IUnusedOptions
{
    /// <summary>
    /// Names with + between them: user, item, user.age, item.genres, hour, weekday, last-item, history (all other items of the user), a
    /// column of the events' context; user.*, item.* and context.* stand for all labels and numbers there are.
    /// </summary>
    public string Features { get; init; } = "user + item + user.* + item.*";

    /// <summary>What is minimized.</summary>
    public FactorizationLoss Loss { get; init; }

    /// <summary>How it is minimized.</summary>
    public FactorizationSolver Solver { get; init; }

    /// <summary>d, the length of a factor; 0: a linear model.</summary>
    [Range(0, int.MaxValue)]
    public int Dimensions { get; init; } = 32;

    /// <summary>Passes over the data.</summary>
    [Range(1, int.MaxValue)]
    public int Epochs { get; init; } = 20;

    /// <summary>How far one step moves along its gradient.</summary>
    [Range(0, double.MaxValue, MinimumIsExclusive = true)]
    public float LearningRate { get; init; } = 0.05f;

    /// <summary>The learning rate of an epoch over that of the epoch before.</summary>
    [Range(0, 1, MinimumIsExclusive = true)]
    public float LearningRateDecay { get; init; } = 0.97f;

    /// <summary>Adagrad, one rate for each weight and one for each row of V, instead of plain gradients.</summary>
    public bool AdaptiveRate { get; init; } = true;

    /// <summary>λ, the penalty on the factors V.</summary>
    [Range(0, double.MaxValue)]
    public float Regularization { get; init; } = 0.01f;

    /// <summary>λw, the penalty on the linear weights w.</summary>
    [Range(0, double.MaxValue)]
    public float LinearRegularization { get; init; }

    /// <summary>The penalty on the intercept w0.</summary>
    [Range(0, double.MaxValue)]
    public float InterceptRegularization { get; init; }

    /// <summary>ν: 1 regularizes a column in proportion to its events, 0 all alike (then λ is 10 to 1,000 times larger).</summary>
    [Range(0, 1)]
    public float FrequencyExponent { get; init; } = 1;

    /// <summary>Negatives drawn for each event in an epoch, with the logistic and the BPR loss.</summary>
    [Range(1, int.MaxValue)]
    public int NegativeCount { get; init; } = 4;

    /// <summary>β: negatives are drawn in proportion to popularity^β; 0: uniformly.</summary>
    [Range(0, double.MaxValue)]
    public float NegativeExponent { get; init; }

    /// <summary>An item that the user had in another context may be a negative in this one.</summary>
    public bool ContextNegatives { get; init; }

    /// <summary>
    /// How often a row is learned without the user's and without the item's own id, so that attributes learn to stand alone.
    /// </summary>
    [Range(0, 1, MaximumIsExclusive = true)]
    public float Dropout { get; init; }

    /// <summary>Maximum number of items of the feature history, the last ones.</summary>
    [Range(1, int.MaxValue)]
    public int HistoryLength { get; init; } = 100;

    /// <summary>The columns of all features are 2^HashBits together, found by hashing; 0: each label has its own.</summary>
    [Range(0, 28)]
    public int HashBits { get; init; }

    /// <summary>
    /// Machines of the solver gibbs that are kept, after a fifth of its epochs: the score is their mean, of as many times d + 2 numbers.
    /// </summary>
    [Range(1, 1000)]
    public int Draws { get; init; } = 32;

    /// <summary>Standard deviation of the first V.</summary>
    [Range(0, double.MaxValue)]
    public float InitialScale { get; init; } = 0.1f;

    public TrainerSummary Summary => new(
        "fm", "any features of user, item and moment, and their pairs", "events or ratings; attributes, context",
        "events · (1 + negatives) · features · d",
        Capabilities.Personal | Capabilities.Embeds | Capabilities.Incremental | Capabilities.Epochs);

    internal static SearchSpace Space { get; } = SearchSpace.Of<FactorizationMachine>("dimensions",
        ("dimensions", "8|16|32|64"), ("epochs", "5..60:log"), ("learningRate", "0.01..0.3:log"), ("regularization", "0.0005..0.2:log"),
        ("linearRegularization", "0.0001..0.1:log"));

    // Columns whose first factors one generator makes.
    private const int InitialColumns = 1024;

    public IModel Train(Interactions interactions, TrainingContext context)
    {
        Check();
        return Learn(Learned(interactions), context, null);
    }

    /// <summary>
    /// Epochs over all events from the model's columns, the last ones that were drawn; labels that it does not have begin at random,
    /// Adagrad's sums anew.
    /// </summary>
    public IModel ContinueFrom(IModel model, Interactions interactions, TrainingContext context)
    {
        Check();
        var start = (model as FactorizationModel) ?? (model as FactorizationRatings)?.Inner
            ?? throw new InputException("fm can continue only from a model of fm, and this one is of another kind; train a new model.");
        if (start.Options.Dimensions != Dimensions || start.Options.HashBits != HashBits)
        {
            throw new InputException(
                $"Dimensions and HashBits must be {start.Options.Dimensions} and {start.Options.HashBits}, as in the model to continue " +
                $"from, were {Dimensions} and {HashBits}.");
        }
        if (!interactions.Items.BeginsWith(start.Items) || interactions.Users.Count < start.Users)
        {
            throw new InputException(
                $"The ids must begin with the {start.Users} users and {start.Items.Count} items of the model to continue from, in the " +
                $"same order; add those that came later behind them.");
        }
        return Learn(Learned(interactions), context, start);
    }

    internal static IModel Load(TensorFile file, Vocabulary items) => FactorizationModel.Load(file, items);

    internal FactorizationRates RatesAt(int epoch) => new(
        LearningRate * MathF.Pow(LearningRateDecay, epoch - 1), InterceptRegularization, LinearRegularization, Regularization,
        AdaptiveRate);

    // Of ratings all, where they are what is predicted; otherwise those that say that an item was liked.
    private Interactions Learned(Interactions interactions)
    {
        if (Loss != FactorizationLoss.Squared) return interactions.Liked;
        RatingData.Require(interactions, Summary.Name);
        return interactions;
    }

    private IModel Learn(Interactions interactions, TrainingContext context, FactorizationModel? start)
    {
        var rng = new Rng((ulong)context.Seed).Fork("fm");
        var space = FeatureSpace.Of(Features, HashBits, interactions, start?.Space, out long[] frequencies);
        if (space[FeatureSource.HistoryAttribute] is { } refused)
            throw new InputException(
                $"A factorization machine has no attributes of the history, such as {refused.Name}; leave them out, or train two-tower.");
        int items = interactions.Items.Count; // each of them folded from its columns
        TableSize.Check(Dimensions, Math.Max(space.Columns, items), (long)space.Columns + items);
        var table = Initial(space, frequencies, rng.Fork("factors"));
        if (start is null) table.Intercept = FirstIntercept(interactions);
        else Take(start, space, interactions, table);

        var data = new FactorizationData(this, space, interactions);
        var histories = new Lazy<HistoryLookup>(() => HistoryLookup.Of(interactions.ByUser));
        var solver = SolverOf(data, space, table, frequencies, rng);
        for (int epoch = 1; epoch <= Epochs && interactions.Histories.Count > 0; epoch++)
        {
            context.Cancellation.ThrowIfCancellationRequested();
            double loss = solver.Run(epoch, context);
            if (!double.IsFinite(loss))
                throw new InputException($"The loss is not finite after epoch {epoch}; " + (Solver == FactorizationSolver.Gradient
                    ? $"LearningRate must be smaller than {LearningRate}." : "look for values of events that are far too large."));
            context.Progress?.Report(new(epoch, Epochs, "epoch", loss));
            if (context.EpochFinished?.Invoke(new(epoch, () => ModelOf([.. solver.Machines.Select(machine => machine.Copy())])))
                == false) break;
        }
        return ModelOf(solver.Machines);

        IModel ModelOf(IReadOnlyList<FactorizationDraw> machines) => FactorizationModel.Of(
            new(interactions.Items, this, context.Seed, space, machines, data.Users, data.Items, data.Popularity, histories.Value));
    }

    private IFactorizationSolver SolverOf(
        FactorizationData data, FeatureSpace space, FactorizationTable table, long[] frequencies, Rng rng)
    {
        if (Solver == FactorizationSolver.Gibbs)
            return new FactorizationGibbs(this, new(data, space, table), space, table, rng.Fork("gibbs"));
        float[] powers = [.. frequencies.Select(f => f == 0 ? 0 : (float)Math.Pow(f, FrequencyExponent))];
        if (Solver == FactorizationSolver.Coordinate) return new FactorizationDescent(this, new(data, space, table), table, powers);
        table.Begin([.. powers.Select((power, column) => frequencies[column] == 0 ? 0 : power / frequencies[column])]);
        return new FactorizationGradient(this, data, table, rng);
    }

    private FactorizationTable Initial(FeatureSpace space, long[] frequencies, Rng rng)
    {
        var table = new FactorizationTable(space.Columns, Dimensions);
        for (int first = 0; first < space.Columns; first += InitialColumns)
        {
            var random = rng.Fork("columns", first);
            for (int column = first; column < Math.Min(first + InitialColumns, space.Columns); column++)
                if (frequencies[column] > 0)
                    foreach (ref float value in table.V.Row(column)) value = (float)(random.NextNormal() * InitialScale);
        }
        return table;
    }

    // Where all scores begin: the mean, or the log-odds of an event among its negatives.
    private float FirstIntercept(Interactions interactions) => Loss switch
    {
        FactorizationLoss.Squared => TrainingPairs.Mean(interactions.Histories.Weights.Span),
        FactorizationLoss.Logistic => -MathF.Log(NegativeCount),
        _ => 0,
    };

    private static void Take(FactorizationModel start, FeatureSpace space, Interactions interactions, FactorizationTable table)
    {
        var last = start.Machines[^1].Table;
        table.Intercept = last.Intercept;
        foreach (var field in space.Fields)
        {
            if (start.Space.Fields.FirstOrDefault(f => f.Name == field.Name) is not { } old) continue;
            for (int label = 0; label < field.Columns.Length; label++)
            {
                int oldLabel = label;
                if (field.Labels is { } labels && !(old.Labels?.TryGetIndex(labels.Id(label), out oldLabel) ?? false)) continue;
                int from = old.ColumnOf(oldLabel), to = field.ColumnOf(label);
                if (from < 0 || to < 0) continue;
                last.V.Row(from).CopyTo(table.V.Row(to));
                table.W(to) = last.W(from);
            }
        }
    }

    /// <summary>The solver looks for the size of its steps itself; gibbs for the penalties, too.</summary>
    IReadOnlyList<string> IUnusedOptions.UnusedOptions => Solver switch
    {
        FactorizationSolver.Gradient => [],
        FactorizationSolver.Coordinate => ["learningRate", "learningRateDecay", "adaptiveRate"],
        _ =>
        [
            "learningRate", "learningRateDecay", "adaptiveRate", "regularization", "linearRegularization", "interceptRegularization",
            "frequencyExponent",
        ],
    };

    private void Check()
    {
        OptionCheck.Check(this);
        var (own, usual) = (TrainerOptions.Of(this), TrainerOptions.Of(new FactorizationMachine()));
        string[] given = [.. ((IUnusedOptions)this).UnusedOptions.Where(option => $"{own[option]}" != $"{usual[option]}")];
        if (given.Length > 0)
            throw new InputException($"The solver {OptionValue.NameOf(Solver)} does not use {string.Join(", ", given)}; leave them out.");
        if (Solver == FactorizationSolver.Gradient) return;
        string name = OptionValue.NameOf(Solver);
        if (Loss != FactorizationLoss.Squared)
            throw new InputException($"The solver {name} needs the loss squared; use the solver gradient.");
        if (HashBits > 0 || Dropout > 0)
            throw new InputException($"The solver {name} works without HashBits and Dropout; use the solver gradient.");
    }
}

/// <summary>What a factorization machine minimizes.</summary>
public enum FactorizationLoss
{
    /// <summary>The score is the log-odds of an event against drawn negatives.</summary>
    Logistic,

    /// <summary>Half the squared difference of score and weight: for ratings.</summary>
    Squared,

    /// <summary>An event's item above a drawn one: −ln σ(difference of the scores).</summary>
    Bpr,
}

/// <summary>How a factorization machine learns.</summary>
public enum FactorizationSolver
{
    /// <summary>Stochastic gradients: any loss.</summary>
    Gradient,

    /// <summary>Each coordinate to its exact minimum, in turn: squared errors alone. Fewer epochs, no learning rate.</summary>
    Coordinate,

    /// <summary>
    /// Machines drawn from their posterior, with the regularization, and their mean as the score: squared errors alone. Nothing has to be
    /// tuned; hundreds of epochs.
    /// </summary>
    Gibbs,
}
