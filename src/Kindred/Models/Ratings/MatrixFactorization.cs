using Kindred.Data;
using Kindred.Models;
using Kindred.Models.Ratings;
using Kindred.Numerics;
using Kindred.Numerics.Sgd;
using Kindred.Storage;

namespace Kindred;

/// <summary>
/// Matrix factorization of ratings, with biases, by stochastic gradients over the observed pairs alone.
/// Y. Koren, R. Bell, C. Volinsky, "Matrix Factorization Techniques for Recommender Systems", IEEE Computer 2009, eq. 5; the steps are
/// those of S. Funk, "Netflix Update: Try This at Home", 2006.
/// </summary>
/// <remarks>
///   X [users, d], Y [items, d]; the weights of events are the ratings
///   minimize  Σ observed (rating − μ − b(u) − b(i) − x·y)² + Σ users (λ(n)·|x|² + λ′(n)·b²) + Σ items alike, λ(n) = λ·n^ν, n ratings of
/// the row ν = 1 is the paper's: every step shrinks its rows alike. All factors are learned at once, in the order of
/// <see cref="RatingBlocks"/>. Unlike the paper's, the users are solved exactly once more at the end, the items fixed: what is evaluated is
/// then what a history that comes later is answered with.
/// Cost of an epoch: 8·interactions·d flops; of the end: interactions·d² + users·d³/3 multiply-adds.
/// Memory: 2·(users + items)·d floats and 8 to 16 bytes a rating while it learns.
/// </remarks>
public sealed record MatrixFactorization : RatingGradientTrainer
{
    public override TrainerSummary Summary => new(
        "mf", "factors and biases that predict ratings, by gradient steps", "ratings", "interactions · d",
        Capabilities.Personal | Capabilities.Embeds | Capabilities.FoldsItemsIn
            | Capabilities.Incremental | Capabilities.Epochs | Capabilities.PredictsValues);

    internal static SearchSpace Space { get; } = SearchSpace.Of<MatrixFactorization>("dimensions",
        ("dimensions", "8|16|32|64|128"), ("epochs", "10..100:log"), ("learningRate", "0.002..0.05:log"), ("regularization", "0.3..4:log"),
        ("biasRegularization", "0.05..2:log"));

    private protected override RatingFactors Learn(Interactions interactions, RatingFactors? model, TrainingContext context)
    {
        var ratings = ObservedRatings.Of(interactions);
        var (users, items) = Start(ratings, model, context);
        int columns = (Dimensions + BiasedFactorSteps.Padding - 1) / BiasedFactorSteps.Padding * BiasedFactorSteps.Padding;
        var blocks = new RatingBlocks(ratings.ByUser, ratings.Scale.Mean, columns, context.Workers, context.Cancellation);
        var (x, xSides) = Packed(users, ratings.ByUser, columns, null);
        var (y, ySides) = Packed(items, ratings.ByItem, columns, blocks.PlaceOf);
        var rng = new Rng((ulong)context.Seed).Fork(Summary.Name);
        for (int epoch = 1; epoch <= Epochs; epoch++)
        {
            var step = new BiasedFactorSteps.Step(RateAt(epoch), Regularization, BiasRegularization);
            double loss = blocks.Run(
                rng.Fork("strata", epoch), context.Workers, (in EntryRuns runs) =>
                    BiasedFactorSteps.Learn(runs, x, xSides, y, ySides, step), context.Cancellation);
            CheckLoss(loss, epoch, ratings.Scale);
            context.Progress?.Report(new(epoch, Epochs, "epoch", loss));
            if (context.EpochFinished?.Invoke(new(epoch, ModelOf)) == false) break;
        }
        return ModelOf();

        RatingFactors ModelOf()
        {
            for (int item = 0; item < items.Biases.Length; item++)
            {
                y.Row(blocks.PlaceOf[item])[..Dimensions].CopyTo(items.Factors.Row(item));
                items.Biases[item] = ySides.Row(blocks.PlaceOf[item])[0];
            }
            RatingSolver.SolveAll(this, ratings.Scale.Mean, ratings.ByUser, items, users, null, context);
            return new(interactions.Items, this, ratings.Scale, users.AsUsers(ratings.ByUser), items.AsItems(ratings.ByItem));
        }
    }

    /// <param name="placeOf">[rows]; null: every row where it is.</param>
    /// <returns>Rows as <see cref="BiasedFactorSteps"/> wants them.</returns>
    private (Matrix Factors, Matrix Sides) Packed(RatingSide side, SparseMatrix observed, int columns, int[]? placeOf)
    {
        var (factors, sides) = (new Matrix(observed.Rows, columns), new Matrix(observed.Rows, 2));
        for (int row = 0; row < observed.Rows; row++)
        {
            int place = placeOf is null ? row : placeOf[row];
            side.Factors.Row(row).CopyTo(factors.Row(place));
            sides.Row(place)[0] = side.Biases[row];
            sides.Row(place)[1] = ShareOfStep(observed.Row(row).Length);
        }
        return (factors, sides);
    }
}
