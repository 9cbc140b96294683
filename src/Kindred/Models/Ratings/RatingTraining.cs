using Kindred.Numerics;

namespace Kindred.Models.Ratings;

/// <summary>How the trainers of <see cref="RatingFactors"/> begin, and begin again from a model.</summary>
internal static class RatingTraining
{
    private const int BlockRows = 64;

    /// <summary>Both sides at random; with a model, what it knows, and users who are not in it folded in.</summary>
    public static (RatingSide Users, RatingSide Items) Start(
        IRatingTrainer trainer, ObservedRatings ratings, RatingFactors? model, TrainingContext context)
    {
        var options = trainer.Shared;
        var rng = new Rng((ulong)context.Seed).Fork(options.Name);
        var users = RatingSide.Random(ratings.ByUser, options.Dimensions, rng.Fork("users"));
        var items = RatingSide.Random(ratings.ByItem, options.Dimensions, rng.Fork("items"));
        if (model is null) return (users, items);
        items.Take(model.ItemEmbeddings, bias: options.Dimensions);
        FoldIn(ratings.ByUser, model, users, context);
        // a user of SVD++ is folded in anew, as what is learned of him is only the part that his history does not say
        if (model.Implicit is null) users.Take(model.Users, bias: options.Dimensions + 1);
        return (users, items);
    }

    /// <returns>The model, if it can be gone on from.</returns>
    /// <exception cref="InputException">It is of another kind or shape, or its ids are not at the beginning of the vocabularies.</exception>
    public static RatingFactors Checked(IRatingTrainer trainer, IModel model, Interactions data)
    {
        var (name, dimensions) = (trainer.Shared.Name, trainer.Shared.Dimensions);
        if (model is not RatingFactors old || old.Trainer.Shared.Name != name)
            throw new InputException($"Only a model of {name} can be continued by {name}, and this one is of another kind; train it anew.");
        if (old.Trainer.Shared.Dimensions != dimensions)
            throw new InputException($"Dimensions must be {old.Trainer.Shared.Dimensions}, as in the model to go on from, was {dimensions}.");
        if (!data.Items.BeginsWith(old.Items) || data.Users.Count < old.Users.Rows)
            throw new InputException(
                $"The ids must begin with the {old.Users.Rows} users and {old.Items.Count} items of the model to go on from, in the same order; add those that came later behind them.");
        return old;
    }

    /// <param name="loss">The mean squared error of an epoch.</param>
    /// <exception cref="InputException">It is no error of a model that learns: the steps are too long.</exception>
    public static void CheckLoss(double loss, int epoch, RatingScale scale)
    {
        double range = Math.Max(1, scale.Highest - scale.Lowest);
        if (!(loss <= 4 * range * range))
            throw new InputException(
                $"The steps diverged in epoch {epoch}; use a smaller LearningRate, or FrequencyExponent = 1 where items have very many ratings.");
    }

    private static void FoldIn(SparseMatrix byUser, RatingFactors model, RatingSide users, TrainingContext context) =>
        Blocks.ForEach(byUser.Rows, BlockRows, context.Workers, () => new float[users.Dimensions + 2], (_, first, end, folded) =>
        {
            for (int user = first; user < end; user++)
            {
                if (!model.TryFoldIn(byUser.Row(user), true, folded)) continue;
                folded.AsSpan(0, users.Dimensions).CopyTo(users.Factors.Row(user));
                users.Biases[user] = folded[^1];
            }
        }, context.Cancellation);
}
