using Kindred.Data;
using Kindred.Models;
using Kindred.Models.Ratings;
using Kindred.Numerics;
using Kindred.Storage;

namespace Kindred;

/// <summary>
/// Matrix factorization of ratings, with biases, by alternating least squares over the observed pairs alone.
/// Y. Zhou, D. Wilkinson, R. Schreiber, R. Pan, "Large-Scale Parallel Collaborative Filtering for the Netflix Prize", AAIM 2008, §3.
/// </summary>
/// <remarks>
///   X [users, d], Y [items, d]; the weights of events are the ratings
///   minimize  Σ observed c·(rating − μ − b(u) − b(i) − x·y)² + Σ users (λ(n)·|x|² + λ′(n)·b²) + Σ items alike, λ(n) = λ·n^ν, n ratings of
/// the row ν = 1 is the paper's weighted regularization, ν = 0 the plain one. Unlike the paper's, the model has biases: a row's factors and
/// its bias are solved together, exactly (<see cref="RatingSolver"/>); μ is the mean of all ratings. c is 1, or the event's importance over
/// the mean one, which weighs in μ too: with 1 / (the chance that it was rated) it is MF-IPS (T. Schnabel, A. Swaminathan, A. Singh, N.
/// Chandak, T. Joachims, "Recommendations as Treatments", ICML 2016, eq. 11). A history that comes with a query counts its ratings alike.
/// An epoch solves the items, then the users, so that a user's embedding is what folding in their history gives.
/// Cost of an epoch: 2·interactions·d² + (users + items)·d³/3 multiply-adds. Memory: 2·(users + items)·d floats while it learns.
/// </remarks>
public sealed record ExplicitAls : RatingFactorTrainer
{
    public ExplicitAls() => Epochs = 12;

    /// <summary>A number of the events' context, > 0: how much a rating counts, such as 1 / propensity. Empty: all count alike.</summary>
    public string Importance { get; init; } = "";

    public override TrainerSummary Summary => new(
        "als", "explicit ALS: factors and biases that predict ratings, in closed form", "ratings; implicit-als is for events without",
        "interactions · d² + (users + items) · d³",
        Capabilities.Personal | Capabilities.Embeds | Capabilities.FoldsItemsIn
            | Capabilities.Incremental | Capabilities.Epochs | Capabilities.PredictsValues);

    internal static SearchSpace Space { get; } = SearchSpace.Of<ExplicitAls>("dimensions",
        ("dimensions", "8|16|32|64|128"), ("epochs", "5..30:log"), ("regularization", "0.3..4:log"), ("biasRegularization", "0.05..2:log"));

    private protected override RatingFactors Learn(Interactions interactions, RatingFactors? model, TrainingContext context)
    {
        var ratings = ObservedRatings.Of(interactions, Importance);
        var (users, items) = Start(ratings, model, context);
        for (int epoch = 1; epoch <= Epochs; epoch++)
        {
            RatingSolver.SolveAll(this, ratings.Scale.Mean, ratings.ByItem, users, items, null, context, ratings.ImportanceByItem);
            double loss = RatingSolver.SolveAll(this, ratings.Scale.Mean, ratings.ByUser, items, users, null, context, ratings.Importance);
            context.Progress?.Report(new(epoch, Epochs, "epoch", loss + Penalty(items, ratings.ByItem)));
            if (context.EpochFinished?.Invoke(new(epoch, ModelOf)) == false) break;
        }
        return ModelOf();

        RatingFactors ModelOf() =>
            new(interactions.Items, this, ratings.Scale, users.AsUsers(ratings.ByUser), items.AsItems(ratings.ByItem));
    }

    private double Penalty(RatingSide side, SparseMatrix observed)
    {
        double penalty = 0;
        for (int row = 0; row < observed.Rows; row++)
        {
            int count = observed.Row(row).Length;
            var factors = side.Factors.Row(row);
            penalty += (Ridge(count) * Kernels.Dot(factors, factors)) + (BiasRidge(count) * side.Biases[row] * side.Biases[row]);
        }
        return penalty;
    }
}
