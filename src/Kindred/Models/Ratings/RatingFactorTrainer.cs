using System.ComponentModel.DataAnnotations;
using Kindred.Models;
using Kindred.Models.Ratings;
using Kindred.Numerics;

namespace Kindred;

/// <summary>A trainer of factors and biases that predict ratings: what these trainers share. Each adds how it learns.</summary>
/// <remarks>The penalty of a row with n ratings is λ(n) = λ·n^ν for its factors and λ′(n) = λ′·n^ν for its bias.</remarks>
public abstract record RatingFactorTrainer : IIncrementalTrainer
{
    private const int BlockRows = 64;

    private protected RatingFactorTrainer() { }

    /// <summary>d, the factors of a row; embeddings have two dimensions more, for the biases.</summary>
    [Range(1, int.MaxValue)]
    public int Dimensions { get; init; } = 64;

    /// <summary>Passes over the data.</summary>
    [Range(1, int.MaxValue)]
    public int Epochs { get; init; } = 40;

    /// <summary>λ, the penalty on large embeddings.</summary>
    [Range(0, double.MaxValue, MinimumIsExclusive = true)]
    public float Regularization { get; init; } = 1.2f;

    /// <summary>λ′, of the biases.</summary>
    [Range(0, double.MaxValue)]
    public float BiasRegularization { get; init; } = 0.3f;

    /// <summary>
    /// ν: 1 regularizes in proportion to the number of ratings, 0 everyone alike. The λ that fits it goes from about 0.1 to 10.
    /// </summary>
    [Range(0, 1)]
    public float FrequencyExponent { get; init; } = 0.5f;

    public abstract TrainerSummary Summary { get; }

    /// <summary>What having rated an item says of a user has a part of its own in the model.</summary>
    internal virtual bool HasImplicitPart => false;

    public IModel Train(Interactions interactions, TrainingContext context)
    {
        Check();
        RatingData.Require(interactions, Summary.Name);
        return Learn(interactions, null, context);
    }

    public IModel ContinueFrom(IModel model, Interactions interactions, TrainingContext context)
    {
        Check();
        string name = Summary.Name;
        if (model is not RatingFactors old || old.Trainer.GetType() != GetType())
            throw new InputException(
                $"Only a model of {name} can be continued by {name}, and this one is of another kind; train a new model.");
        if (old.Trainer.Dimensions != Dimensions)
            throw new InputException($"Dimensions must be {old.Trainer.Dimensions}, as in the model to continue from, was {Dimensions}.");
        if (!interactions.Items.BeginsWith(old.Items) || interactions.Users.Count < old.Users.Rows)
            throw new InputException(
                $"The ids must begin with the {old.Users.Rows} users and {old.Items.Count} items of the model to continue from, in the " +
                $"same order; add those that came later behind them.");
        return Learn(interactions, old, context);
    }

    /// <returns>λ(n)</returns>
    internal float Ridge(int ratings) => Regularization * MathF.Pow(ratings, FrequencyExponent);

    /// <returns>λ′(n)</returns>
    internal float BiasRidge(int ratings) => BiasRegularization * MathF.Pow(ratings, FrequencyExponent);

    /// <returns>n^(ν − 1): the part of its penalty that a row is given in each of its n steps.</returns>
    internal float ShareOfStep(int ratings) => ratings == 0 ? 0 : MathF.Pow(ratings, FrequencyExponent - 1);

    /// <param name="model">The one to continue from, or null.</param>
    private protected abstract RatingFactors Learn(Interactions interactions, RatingFactors? model, TrainingContext context);

    /// <summary>Both sides at random; with a model, what it knows, and users who are not in it folded in.</summary>
    internal (RatingSide Users, RatingSide Items) Start(ObservedRatings ratings, RatingFactors? model, TrainingContext context)
    {
        int userRows = ratings.ByUser.Rows, itemRows = ratings.ByItem.Rows; // twice: while learning, and in the model
        TableSize.Check(Dimensions, Math.Max(userRows, itemRows), 2 * ((long)userRows + itemRows), context.Workers);
        var rng = new Rng((ulong)context.Seed).Fork(Summary.Name);
        var users = RatingSide.Random(ratings.ByUser, Dimensions, rng.Fork("users"));
        var items = RatingSide.Random(ratings.ByItem, Dimensions, rng.Fork("items"));
        if (model is null) return (users, items);
        items.Take(model.ItemEmbeddings, bias: Dimensions);
        FoldIn(ratings.ByUser, model, users, context);
        // a user of SVD++ is folded in anew, as what is learned of them is only the part that their history does not say
        if (!HasImplicitPart) users.Take(model.Users, bias: Dimensions + 1);
        return (users, items);
    }

    /// <exception cref="InputException">An option is out of range.</exception>
    private protected virtual void Check() => OptionCheck.Check(this);

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
