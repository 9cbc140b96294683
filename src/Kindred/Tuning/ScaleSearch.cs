using Kindred.Models;
using Kindred.Splitting;

namespace Kindred.Tuning;

/// <param name="Value">Of the objective on the validation part: the higher, the better.</param>
internal sealed record ScaleTrial(ValueScaling Scaling, double Value);

/// <summary>
/// Which scale of the values a model learns best from: it belongs to the data, and is not searched with a model's options.
/// </summary>
internal static class ScaleSearch
{
    /// <summary>Trains once on each scale.</summary>
    /// <param name="holdout">Data whose values are scaled so, split.</param>
    /// <param name="objective">What training and measuring on a holdout gives.</param>
    /// <returns>Best first; of equal ones, as where a model does not look at weights, that which the data have.</returns>
    public static IReadOnlyList<ScaleTrial> Run(
        DataFolder data, ITrainer trainer, Func<Interactions, Holdout> holdout, Func<Holdout, TuningObjective> objective,
        CancellationToken cancellation)
    {
        var own = data.Interactions.Histories.Scale.Scaling;
        var trials = Enum.GetValues<ValueScaling>().OrderBy(scaling => scaling != own)
            .Select(scaling => new ScaleTrial(
                scaling, objective(holdout(data.Rescaled(scaling)))(trainer, (int)scaling, cancellation)));
        return [.. trials.OrderByDescending(trial => trial.Value)];
    }
}
