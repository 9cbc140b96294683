using System.ComponentModel.DataAnnotations;
using Kindred.Models;
using Kindred.Models.Features;
using Kindred.Models.Sampling;
using Kindred.Models.Sgd;
using Kindred.Numerics;

namespace Kindred;

/// <summary>
/// A trainer of factors by stochastic gradients over observed pairs: what these trainers share, from the first embeddings to the model.
/// Each adds its own options and what it learns of a block of pairs.
/// </summary>
/// <remarks>X [users, d], Y [items, d]; the order of the pairs is that of <see cref="StratifiedSchedule"/>.</remarks>
public abstract record SgdTrainer : IIncrementalTrainer
{
    /// <summary>Parts that users and items are cut into at most.</summary>
    internal const int MostParts = 32;

    // Standard deviation of the first embeddings' inner product with a unit vector: away from zero, where no gradient is.
    private const double InitialScale = 0.8;

    // Rows of the first embeddings that one generator makes.
    private const int InitialRows = 1024;

    private protected SgdTrainer() { }

    /// <summary>d, the length of an embedding, biases among them.</summary>
    [Range(1, int.MaxValue)]
    public int Dimensions { get; init; } = 64;

    /// <summary>Passes over the data.</summary>
    [Range(1, int.MaxValue)]
    public int Epochs { get; init; } = 30;

    /// <summary>How far one step moves along its gradient. Of bpr, not given: 4 / (pairs / users), from .04 to .3.</summary>
    [Range(0, double.MaxValue, MinimumIsExclusive = true)]
    public float? LearningRate { get; init; } = 0.1f;

    /// <summary>The learning rate of an epoch over that of the epoch before.</summary>
    [Range(0, 1, MinimumIsExclusive = true)]
    public float LearningRateDecay { get; init; } = 0.97f;

    /// <summary>
    /// λ, the penalty on large embeddings. Not given, of bpr: 1 / (pairs / users), from .03 to .1; of warp: .8 / √(pairs / users), from .1
    /// to .4.
    /// </summary>
    [Range(0, double.MaxValue)]
    public float? Regularization { get; init; } = 0.01f;

    /// <summary>β: negatives are drawn in proportion to popularity^β; 0: uniformly.</summary>
    [Range(0, double.MaxValue)]
    public float NegativeExponent { get; init; }

    /// <summary>Draws only items that existed at the time of the positive: had an event by then. Needs times.</summary>
    public bool ExistingNegatives { get; init; }

    /// <summary>γ: a positive weighs popularity^−γ as much, against the popularity that made it visible; 0: not at all.</summary>
    [Range(0, 1)]
    public float PropensityExponent { get; init; }

    /// <summary>Adagrad, one rate for each row, instead of plain gradients.</summary>
    public bool AdaptiveRate { get; init; } = true;

    /// <summary>
    /// Attributes by which items without events get factors, by ridge regression on those with events: names with + between them, such as
    /// item.genres; item.* stands for all labels and numbers there are, a text is named: item.title. Empty: they get none.
    /// </summary>
    public string Features { get; init; } = "";

    public abstract TrainerSummary Summary { get; }

    /// <summary>The columns of an embedding that hold biases.</summary>
    internal virtual BiasColumns Biases => BiasColumns.None;

    /// <summary>The model is served with embeddings of length 1.</summary>
    internal virtual bool HasUnitLength => false;

    /// <summary>T: what scores are divided by in the loss.</summary>
    internal virtual float ScoreUnit => 1;

    /// <summary>Items that a part of the catalogue has at least, where there are so many.</summary>
    internal virtual int LeastPartItems => 128;

    /// <returns>What one worker does with a block; it may keep scratch memory.</returns>
    /// <param name="rows">Those to move.</param>
    /// <param name="popularity">[items], users of each.</param>
    internal abstract StratifiedSchedule.Learn CreateLearner(FactorTable rows, ReadOnlyMemory<int> popularity);

    public IModel Train(Interactions interactions, TrainingContext context) => Train(interactions, context, null, MostParts);

    /// <summary>
    /// Continues from a model: known users and items begin with its rows, the others as in training; then as many epochs.
    /// </summary>
    /// <inheritdoc/>
    public IModel ContinueFrom(IModel model, Interactions interactions, TrainingContext context)
    {
        string name = Summary.Name;
        if (model is not SgdModel start || start.Trainer.GetType() != GetType())
            throw new InputException($"Only a model of {name} can be continued by {name}; train a new model.");
        if (start.Y.Columns != Dimensions)
            throw new InputException($"The model has {start.Y.Columns} dimensions, the options say {Dimensions}; train a new model.");
        if (start.X.Rows > interactions.Users.Count || !interactions.Items.BeginsWith(start.Items))
            throw new InputException("The data does not begin with the users and items of the model; train a new model.");
        return Train(interactions, context, start, MostParts);
    }

    /// <param name="epoch">From 1.</param>
    internal float RateAt(int epoch) =>
        (LearningRate ?? throw DataDefaults.NotKnown(nameof(LearningRate))) * MathF.Pow(LearningRateDecay, epoch - 1);

    /// <param name="start">A model to continue from; its users and items are the first ones of the data. Null: none.</param>
    /// <param name="mostParts">1: all pairs in one block, which the schedule is measured against.</param>
    internal IModel Train(Interactions data, TrainingContext context, SgdModel? start, int mostParts)
    {
        Check();
        if (this.For(data) is SgdTrainer whole && whole != this) return whole.Train(data, context, start, mostParts);
        TableSize.Check(Dimensions, data);
        var rng = RngOf(context);
        var pairs = new TrainingPairs(data, PropensityExponent, ExistingNegatives);
        Matrix x = FirstUsers(pairs.Observed, 0, rng, start?.X), y = FirstItems(pairs.Popularity, rng, start?.Y);
        var schedule = new StratifiedSchedule(pairs, NegativeExponent, mostParts, LeastPartItems, rng);
        var rows = new FactorTable(x, y, this, Biases);
        var histories = new Lazy<HistoryLookup>(() => HistoryLookup.Of(pairs.Observed));
        using var maps = AttributeRegression.For(Features, data, pairs.Popularity, context);
        for (int epoch = 1; epoch <= Epochs; epoch++)
        {
            rows.Rate = RateAt(epoch);
            double loss = schedule.Run(epoch, context.Workers, () => CreateLearner(rows, pairs.Popularity), context.Cancellation);
            context.Progress?.Report(new(epoch, Epochs, "epoch", loss));
            if (context.EpochFinished?.Invoke(new(epoch, () => ModelOf(epoch, x.Copy(), y.Copy(), maps?.LearnBetween(Mapped(y)))))
                == false) return ModelOf(epoch, x, y, maps?.Learn(Mapped(y)));
        }
        return ModelOf(Epochs, x, y, maps?.Learn(Mapped(y)));

        Matrix Mapped(Matrix items) => HasUnitLength ? SgdModel.Normalized(items) : items;

        // a model folds in by as many epochs as it was trained by
        SgdModel ModelOf(int epochs, Matrix users, Matrix items, AttributeMap? map)
        {
            map?.Fill(items, data.ItemAttributes, pairs.Popularity);
            return new(data.Items, this with { Epochs = epochs }, context.Seed, users, items, pairs.Popularity, histories.Value, map);
        }
    }

    /// <exception cref="InputException">An option is out of range.</exception>
    internal virtual void Check()
    {
        OptionCheck.Check(this);
        int biases = Biases.Count;
        if (Dimensions <= biases)
            throw new InputException($"dimensions must be above {biases}, as biases take {biases} of them, was {Dimensions}.");
    }

    /// <returns>[users, d]: where training begins; zero for users without pairs.</returns>
    /// <param name="observed">[users, items]</param>
    /// <param name="partition">Which users they are.</param>
    internal Matrix FirstUsers(SparseMatrix observed, int partition, Rng rng, Matrix? start = null) =>
        Initial(observed.Rows, user => observed.Row(user).Length > 0, start, Biases.Item, rng.Fork("users", partition));

    /// <returns>[items, d]: where training begins; zero for items that nobody touched.</returns>
    internal Matrix FirstItems(int[] popularity, Rng rng, Matrix? start = null) =>
        Initial(popularity.Length, item => popularity[item] > 0, start, Biases.User, rng.Fork("items"));

    /// <returns>The generator that all others of a training are forked from.</returns>
    internal Rng RngOf(TrainingContext context) => new Rng((ulong)context.Seed).Fork(Summary.Name);

    /// <param name="ones">The column that is always 1, or −1.</param>
    private Matrix Initial(int count, Func<int, bool> isTrained, Matrix? start, int ones, Rng rng)
    {
        var matrix = new Matrix(count, Dimensions);
        for (int first = 0; first < count; first += InitialRows)
        {
            var random = rng.Fork("rows", first);
            for (int row = first; row < Math.Min(first + InitialRows, count); row++)
            {
                if (!isTrained(row)) continue;
                var values = matrix.Row(row);
                foreach (ref float value in values) value = (float)(random.NextNormal() * InitialScale / Math.Sqrt(Dimensions));
                if (row < start?.Rows && start.Row(row).ContainsAnyExcept(0)) start.Row(row).CopyTo(values);
                if (ones >= 0) values[ones] = 1;
            }
        }
        return matrix;
    }
}
