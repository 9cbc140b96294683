using System.ComponentModel.DataAnnotations;
using Kindred.Data;
using Kindred.Models;
using Kindred.Models.Ratings;
using Kindred.Numerics;
using Kindred.Storage;

namespace Kindred;

/// <summary>
/// Matrix factorization of ratings in which what a user rated says something by itself, whatever the rating.
/// Y. Koren, "Factorization Meets the Neighborhood: a Multifaceted Collaborative Filtering Model", KDD 2008, eq. 15.
/// </summary>
/// <remarks>
///   P [users, d], Y, Z [items, d], N the items that u rated; the weights of events are the ratings
///   score = μ + b(u) + b(i) + y(i)·(p(u) + Σ N z / √|N|)
///   minimize  Σ observed (rating − score)² + Σ users (λ(n)·|p|² + λ′(n)·b²) + Σ items (λ(n)·|y|² + λ′(n)·b²) + λ″·Σ users |N|·Σ N |z|²
/// with λ(n) = λ·n^ν. A pass over a user's ratings moves p, b(u) and Σ z / √|N| after each of them, as in the paper. Each z is given what
/// that added up to at the end of the pass, which is the same and costs as much as their ratings, not their square. Unlike in the paper, a
/// group of up to 64 users passes at once, from items as they were before: the items then take the sum of the group's steps, y with the
/// user as they are at the end of their pass. The groups come from the data alone, so that threads do not matter; beyond 64 they have no
/// use. As with <see cref="MatrixFactorization"/>, p and b(u) are solved exactly at the end. A history without ratings is answered too: p =
/// 0. Cost of an epoch: 16·interactions·d flops; of the end: interactions·d² + users·d³/3 multiply-adds. Memory: (2·users + 4·items)·d
/// floats and 8 bytes a rating while it learns.
/// </remarks>
public sealed record SvdPlusPlus : RatingGradientTrainer
{
    public SvdPlusPlus() => (LearningRate, LearningRateDecay) = (0.01f, 0.97f);

    // More users at once would be more parallel, but steps that many of them make from the same place go too far.
    private const int LeastGroups = 64, MostGroupUsers = 64;

    private const int BlockItems = 32;

    /// <summary>λ″, of what having rated an item says.</summary>
    [Range(0, double.MaxValue)]
    public float ImplicitRegularization { get; init; } = 0.005f;

    public override TrainerSummary Summary => new(
        "svdpp", "factors that predict ratings from ratings and from what was rated", "ratings", "2 · interactions · d",
        Capabilities.Personal | Capabilities.Embeds | Capabilities.FoldsItemsIn
            | Capabilities.Incremental | Capabilities.Epochs | Capabilities.PredictsValues);

    internal static SearchSpace Space { get; } = SearchSpace.Of<SvdPlusPlus>("dimensions",
        ("dimensions", "8|16|32|64|128"), ("epochs", "10..100:log"), ("learningRate", "0.002..0.03:log"), ("regularization", "0.3..4:log"),
        ("biasRegularization", "0.05..2:log"), ("implicitRegularization", "0.002..0.1:log"));

    internal override bool HasImplicitPart => true;

    private protected override RatingFactors Learn(Interactions interactions, RatingFactors? model, TrainingContext context)
    {
        var ratings = ObservedRatings.Of(interactions);
        var rng = new Rng((ulong)context.Seed).Fork(Summary.Name);
        var (users, items) = Start(ratings, model, context);
        var z = RatingSide.Random(ratings.ByItem, Dimensions, rng.Fork("implicit")).Factors;
        model?.Implicit!.Values.CopyTo(z.Values);
        var groups = UserGroup.All(ratings.ByUser, Math.Clamp(ratings.ByUser.Rows / LeastGroups, 1, MostGroupUsers), rng.Fork("groups"));
        var pass = new Pass(this, ratings, users, items, z);
        for (int epoch = 1; epoch <= Epochs; epoch++)
        {
            rng.Fork("order", epoch).Shuffle<UserGroup>(groups);
            float rate = RateAt(epoch);
            double loss = 0;
            foreach (var group in groups) loss += pass.Learn(group, rate, context);
            loss /= Math.Max(1, ratings.ByUser.Count);
            CheckLoss(loss, epoch, ratings.Scale);
            context.Progress?.Report(new(epoch, Epochs, "epoch", loss));
            if (context.EpochFinished?.Invoke(new(epoch, ModelOf)) == false) break;
        }
        return ModelOf();

        RatingFactors ModelOf()
        {
            var implicitParts = new Matrix(ratings.ByUser.Rows, Dimensions);
            for (int user = 0; user < implicitParts.Rows; user++)
            {
                var row = ratings.ByUser.Row(user).Columns;
                if (!row.IsEmpty) RatingFactors.ImplicitPart(z, row).CopyTo(implicitParts.Row(user));
            }
            var solved = RatingSide.Zero(implicitParts.Rows, Dimensions);
            RatingSolver.SolveAll(this, ratings.Scale.Mean, ratings.ByUser, items, solved, implicitParts, context);
            for (int user = 0; user < implicitParts.Rows; user++) Kernels.AddScaled(1, implicitParts.Row(user), solved.Factors.Row(user));
            return new(interactions.Items, this, ratings.Scale, solved.AsUsers(ratings.ByUser), items.AsItems(ratings.ByItem), z.Copy());
        }
    }

    /// <summary>Learns from one group of users after another.</summary>
    /// <param name="z">[items, d]</param>
    private sealed class Pass(SvdPlusPlus options, ObservedRatings ratings, RatingSide users, RatingSide items, Matrix z)
    {
        private readonly Matrix _embeddings = new(MostGroupUsers, z.Columns); // [users of the group, d]: p + Σ z / √|N| after the pass
        private readonly Matrix _steps = new(MostGroupUsers, z.Columns); // [users of the group, d]: of each of their z
        private float[] _errors = []; // [ratings of the group]

        /// <returns>Σ of squared errors before each step.</returns>
        public double Learn(UserGroup group, float rate, TrainingContext context)
        {
            if (_errors.Length < group.Entries.Length) _errors = new float[group.Entries.Length];
            var losses = new double[group.Users.Length];
            Blocks.ForEach(group.Users.Length, 1, context.Workers, (slot, _) =>
                losses[slot] = LearnUser(group, slot, rate), context.Cancellation);
            Blocks.ForEach(group.Items.Length, BlockItems, context.Workers, (first, end) =>
            {
                for (int n = first; n < end; n++) LearnItem(group, n, rate);
            }, context.Cancellation);
            return losses.Sum();
        }

        private double LearnUser(UserGroup group, int slot, float rate)
        {
            int user = group.Users[slot];
            var row = ratings.ByUser.Row(user);
            Span<float> p = users.Factors.Row(user), embedding = _embeddings.Row(slot), step = _steps.Row(slot);
            float[] part = RatingFactors.ImplicitPart(z, row.Columns), before = [.. part];
            float share = options.ShareOfStep(row.Length), keep = 1 - (rate * options.Regularization * share);
            float keepBias = 1 - (rate * options.BiasRegularization * share), keepPart = 1 - (rate * options.ImplicitRegularization);
            double loss = 0;
            for (int n = 0; n < row.Length; n++)
            {
                var y = items.Factors.Row(row.Columns[n]);
                float known = ratings.Scale.Mean + users.Biases[user] + items.Biases[row.Columns[n]];
                float error = row.Values[n] - known - Kernels.Dot(y, p) - Kernels.Dot(y, part);
                _errors[group.Starts[slot] + n] = error;
                loss += error * error;
                Move(p, keep, rate * error, y);
                Move(part, keepPart, rate * error, y);
                users.Biases[user] = (keepBias * users.Biases[user]) + (rate * error);
            }
            p.CopyTo(embedding);
            Kernels.AddScaled(1, part, embedding);
            // what their steps added to the sum is what they added to each z, times √|N|
            part.CopyTo(step);
            Kernels.AddScaled(-MathF.Pow(keepPart, row.Length), before, step);
            float scale = 1 / MathF.Sqrt(row.Length);
            foreach (ref float value in step) value *= scale;
            return loss;
        }

        private void LearnItem(UserGroup group, int n, float rate)
        {
            int item = group.Items[n];
            Span<float> y = items.Factors.Row(item), own = z.Row(item);
            float share = options.ShareOfStep(ratings.ByItem.Row(item).Length), keep = 1 - (rate * options.Regularization * share);
            float keepBias = 1 - (rate * options.BiasRegularization * share);
            for (int k = group.ItemStarts[n]; k < group.ItemStarts[n + 1]; k++)
            {
                int slot = group.Slots[k];
                float error = _errors[group.Entries[k]];
                Move(y, keep, rate * error, _embeddings.Row(slot));
                items.Biases[item] = (keepBias * items.Biases[item]) + (rate * error);
                int rated = group.Starts[slot + 1] - group.Starts[slot];
                Move(own, MathF.Pow(1 - (rate * options.ImplicitRegularization), rated), 1, _steps.Row(slot));
            }
        }

        // row ← keep·row + along·direction
        private static void Move(Span<float> row, float keep, float along, ReadOnlySpan<float> direction)
        {
            foreach (ref float value in row) value *= keep;
            Kernels.AddScaled(along, direction, row);
        }
    }
}
