using System.ComponentModel.DataAnnotations;
using Kindred.Data;
using Kindred.Models;
using Kindred.Storage;

namespace Kindred;

/// <summary>
/// Predicts a rating from who gives it and what gets it alone: the baseline of every model of ratings.
/// Y. Koren, "Factor in the Neighbors: Scalable and Accurate Collaborative Filtering", TKDD 2010, §2.1.
/// </summary>
/// <remarks>
///   score(u, i) = μ + b(u) + b(i), μ the mean of all events' weights
///   b(i) = Σ over the events of i of (weight − μ − b(u)) / (ItemRegularization + events of i)
///   b(u) = Σ over the events of u of (weight − μ − b(i)) / (UserRegularization + events of u)
/// in turn, Epochs times, from b(u) = 0: coordinate descent on the paper's squared error with ridge penalties; one epoch gives its damped
/// means. b(u) is computed from the query's history, so that every user is folded in; it is 0 without one, and where the query has no
/// weights. An item without event has no score. As a ranking it is the same for all users, and best liked is not most wanted: compare it
/// with `popularity`. Cost: Epochs · 2 passes over the events.
/// </remarks>
public sealed record Bias : ITrainer
{
    /// <summary>Passes over the data.</summary>
    [Range(1, int.MaxValue)]
    public int Epochs { get; init; } = 10;

    /// <summary>In events: an item with so many is half as far from the mean as its own mean says.</summary>
    [Range(0, double.MaxValue)]
    public float ItemRegularization { get; init; } = 10;

    /// <summary>In events: a user with so many is half as far from the mean as their own mean says.</summary>
    [Range(0, double.MaxValue)]
    public float UserRegularization { get; init; } = 15;

    public TrainerSummary Summary => new(
        "bias", "predicts a rating from the means of user and item", "ratings", "two passes over the events",
        Capabilities.Epochs | Capabilities.PredictsValues);

    public IModel Train(Interactions interactions, TrainingContext context)
    {
        OptionCheck.Check(this);
        RatingData.Require(interactions, Summary.Name);
        var histories = interactions.Histories;
        double sum = 0;
        foreach (float weight in histories.Weights.Span) sum += weight;
        double mean = histories.Count == 0 ? 0 : sum / histories.Count;

        var (ofUsers, ofItems) = (new double[interactions.Users.Count], new double[interactions.Items.Count]);
        var counts = new int[ofItems.Length];
        foreach (int item in histories.Items.Span) counts[item]++;
        for (int epoch = 0; epoch < Epochs; epoch++)
        {
            context.Cancellation.ThrowIfCancellationRequested();
            UpdateItems(histories, mean, ofUsers, ofItems, counts);
            for (int user = 0; user < ofUsers.Length; user++)
                ofUsers[user] = OfUser(histories.ItemsOf(user).Span, histories.WeightsOf(user).Span, mean, ofItems, UserRegularization);
            context.Progress?.Report(new(epoch + 1, Epochs, "epoch"));
        }
        for (int item = 0; item < ofItems.Length; item++) if (counts[item] == 0) ofItems[item] = double.NaN;
        return new Model(interactions.Items, this, mean, ofItems);
    }

    // b(i), overwritten
    private void UpdateItems(Histories histories, double mean, double[] ofUsers, double[] ofItems, int[] counts)
    {
        Array.Clear(ofItems);
        var items = histories.Items.Span;
        var weights = histories.Weights.Span;
        var starts = histories.Starts.Span;
        for (int user = 0; user < ofUsers.Length; user++)
            for (int e = starts[user]; e < starts[user + 1]; e++) ofItems[items[e]] += weights[e] - mean - ofUsers[user];
        for (int item = 0; item < ofItems.Length; item++) if (counts[item] > 0) ofItems[item] /= ItemRegularization + counts[item];
    }

    // b(u); items without a bias of their own, which were not seen in training, say nothing
    private static double OfUser(
        ReadOnlySpan<int> items, ReadOnlySpan<float> weights, double mean, ReadOnlySpan<double> ofItems, float regularization)
    {
        double sum = 0;
        int known = 0;
        for (int e = 0; e < weights.Length; e++)
        {
            if (double.IsNaN(ofItems[items[e]])) continue;
            sum += weights[e] - mean - ofItems[items[e]];
            known++;
        }
        return known == 0 ? 0 : sum / (regularization + known);
    }

    internal static IModel Load(TensorFile file, Vocabulary items) => new Model(
        items, TrainerOptions.Load<Bias>(file),
        file.Array<double>("mean").Span[0], file.Array<double>("biases"));

    /// <param name="biases">[items]; NaN for an item without event.</param>
    private sealed class Model(Vocabulary items, Bias options, double mean, ReadOnlyMemory<double> biases) : IRatingModel
    {
        public Vocabulary Items => items;

        public void Score(in Query query, Span<float> scores)
        {
            double start = Start(query);
            var known = biases.Span;
            for (int item = 0; item < known.Length; item++) scores[item] = (float)(start + known[item]);
        }

        public float FallbackScore(in Query query) => (float)Start(query);

        // μ + b(u)
        private double Start(in Query query) =>
            mean + OfUser(query.History.Span, query.Ratings.Span, mean, biases.Span, options.UserRegularization);

        public void Save(TensorWriter writer)
        {
            TrainerOptions.Save(writer, options);
            writer.Add<double>("mean", new[] { mean });
            writer.Add("biases", biases);
        }
    }
}
