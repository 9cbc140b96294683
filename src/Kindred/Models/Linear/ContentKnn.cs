using System.ComponentModel.DataAnnotations;
using Kindred.Models;
using Kindred.Models.Linear;

namespace Kindred;

/// <summary>
/// Items like those of the history by their attributes, and by nothing else: an item without events is found as any other is. M. J.
/// Pazzani, D. Billsus, "Content-Based Recommendation Systems", in: The Adaptive Web, 2007.
/// </summary>
/// <remarks>
///   score(u, j) = Σ over i in the history of u: Σ groups of attributes k: cos_k(i, j)^Exponent, of the Neighbours most similar i
/// Groups, weights of labels and of numbers: a column of labels, a text or a vector each; labels by inverse frequency. Cost: items² times
/// what a comparison costs. It does not learn: events only say who had what.
/// </remarks>
public sealed record ContentKnn : IDemandingTrainer
{
    /// <summary>
    /// Attributes that items are compared by: names with + between them, such as item.genres; item.* stands for all labels and numbers
    /// there are, a text is named: item.title.
    /// </summary>
    public string Features { get; init; } = "item.*";

    /// <summary>By how many items each item is found, at most, for each group of attributes.</summary>
    [Range(1, int.MaxValue)]
    public int Neighbours { get; init; } = 500;

    /// <summary>Above 1 near neighbours count more beside many far ones.</summary>
    [Range(0, double.MaxValue, MinimumIsExclusive = true)]
    public float Exponent { get; init; } = 1.5f;

    public TrainerSummary Summary => new(
        "content-knn", "items like those of the history, by attributes alone", "attributes of items", "items² · attributes",
        Capabilities.Personal | Capabilities.Explains);

    internal static SearchSpace Space { get; } = SearchSpace.Of<ContentKnn>(null, ("exponent", "0.5..3"));

    void IDemandingTrainer.CheckFor(Interactions interactions) => ContentSimilarity.CheckFor(Summary.Name, interactions);

    public IModel Train(Interactions interactions, TrainingContext context)
    {
        OptionCheck.Check(this);
        context.Cancellation.ThrowIfCancellationRequested(); // also where there is nothing to compare
        var similarity = new ContentSimilarity(Features, interactions);
        var weights = new WeightRow[interactions.Items.Count];
        Array.Fill(weights, new([], []));
        for (int group = 0; group < similarity.Groups; group++)
        {
            var nearest = similarity.Nearest(group, Neighbours, Exponent, context);
            for (int item = 0; item < weights.Length; item++) weights[item] = weights[item].Plus(1, nearest[item]);
        }
        return ItemWeights.OfTargets(interactions.Items, false, weights, weights.Length);
    }
}
