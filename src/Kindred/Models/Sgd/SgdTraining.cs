using Kindred.Models.Sampling;
using Kindred.Numerics;

namespace Kindred.Models.Sgd;

/// <summary>The training that all models with stochastic gradients share: first embeddings, epochs over the schedule, reports, the model.</summary>
internal static class SgdTraining
{
    // Standard deviation of the first embeddings' inner product with a unit vector: away from zero, where no gradient is.
    private const double InitialScale = 0.8;

    // Rows of the first embeddings that one generator makes.
    private const int InitialRows = 1024;

    /// <param name="start">A model to go on from; its users and items are the first ones of the data.</param>
    /// <param name="isSerial">All pairs in one block: what the schedule is measured against.</param>
    public static IModel Train(ISgdTrainer trainer, Interactions data, TrainingContext context, SgdModel? start = null, bool isSerial = false)
    {
        var options = isSerial ? trainer.Shared with { MostParts = 1 } : trainer.Shared;
        options.Check();
        var rng = new Rng((ulong)context.Seed).Fork(options.Name);
        var pairs = new TrainingPairs(data, options);
        Matrix x = Initial(data.Users.Count, user => pairs.Observed.Row(user).Length > 0, start?.X, options, options.ItemBiasColumn, rng.Fork("users"));
        Matrix y = Initial(data.Items.Count, item => pairs.Popularity[item] > 0, start?.Y, options, options.UserBiasColumn, rng.Fork("items"));
        var schedule = new StratifiedSchedule(pairs, options, rng);
        var rows = new FactorTable(x, y, options);
        var histories = new Lazy<HistoryLookup>(() => HistoryLookup.Of(pairs.Observed));
        for (int epoch = 1; epoch <= options.Epochs; epoch++)
        {
            rows.Rate = options.RateAt(epoch);
            double loss = schedule.Run(epoch, context.Workers, () => trainer.CreateLearner(rows, pairs.Popularity), context.Cancellation);
            context.Progress?.Report(new(epoch, options.Epochs, "epoch", loss));
            if (context.EpochFinished?.Invoke(new(epoch, () => ModelOf(epoch, x.Copy(), y.Copy()))) == false) return ModelOf(epoch, x, y);
        }
        return ModelOf(options.Epochs, x, y);

        SgdModel ModelOf(int epochs, Matrix users, Matrix items) =>
            new(data.Items, WithEpochs(trainer, epochs), context.Seed, users, items, pairs.Popularity, histories.Value);
    }

    // a model folds in by as many epochs as it was trained by
    private static ISgdTrainer WithEpochs(ISgdTrainer trainer, int epochs)
    {
        if (epochs == trainer.Shared.Epochs) return trainer;
        var options = TrainerCatalog.OptionsOf(trainer);
        options["epochs"] = epochs;
        return (ISgdTrainer)TrainerCatalog.Create(trainer.Shared.Name, options);
    }

    /// <summary>Goes on from a model: known users and items begin with its rows, the others as in training; then as many epochs.</summary>
    /// <exception cref="InputException">The model is of another kind or shape, or its ids are not at the beginning of the vocabularies.</exception>
    public static IModel ContinueFrom(ISgdTrainer trainer, IModel model, Interactions data, TrainingContext context)
    {
        string name = trainer.Shared.Name;
        if (model is not SgdModel start || start.Trainer.Shared.Name != name)
            throw new InputException($"Only a model of {name} can be continued by {name}; train it anew.");
        if (start.Y.Columns != trainer.Shared.Dimensions)
            throw new InputException($"The model has {start.Y.Columns} dimensions, the options say {trainer.Shared.Dimensions}; train it anew.");
        if (start.X.Rows > data.Users.Count || !data.Items.BeginsWith(start.Items))
            throw new InputException("The data does not begin with the users and items of the model; train it anew.");
        return Train(trainer, data, context, start);
    }

    /// <param name="ones">The column that is always 1, or −1.</param>
    private static Matrix Initial(int count, Func<int, bool> isTrained, Matrix? start, SgdOptions options, int ones, Rng rng)
    {
        var matrix = new Matrix(count, options.Dimensions);
        for (int first = 0; first < count; first += InitialRows)
        {
            var random = rng.Fork("rows", first);
            for (int row = first; row < Math.Min(first + InitialRows, count); row++)
            {
                if (!isTrained(row)) continue;
                var values = matrix.Row(row);
                foreach (ref float value in values) value = (float)(random.NextNormal() * InitialScale / Math.Sqrt(options.Dimensions));
                if (row < start?.Rows && start.Row(row).ContainsAnyExcept(0)) start.Row(row).CopyTo(values);
                if (ones >= 0) values[ones] = 1;
            }
        }
        return matrix;
    }
}
