using System.Globalization;
using System.Text.Json.Nodes;
using Kindred.Comparison;
using Kindred.Evaluation;
using Kindred.Models;
using Kindred.Splitting;

namespace Kindred.Server.Renewal.Readiness;

/// <summary>
/// Which model suits what is known so far. From popularity to personal models a back-test switches, never the hope that more data helps.
/// </summary>
/// <remarks>
/// Stage 1 is popularity; from stage 2 on models are personal; stage 3 has a million events. The candidates are measured on the validation
/// part, so that the gate has events that no choice was made by.
/// </remarks>
internal static class Stages
{
    private const int Stage2 = 10_000, Stage3 = 1_000_000, MostItemsOfEase = 5_000;

    private const double LeastWarm = .3;

    private const int WarmEvents = 5;

    /// <param name="split">Of the data; null: they cannot be split by time.</param>
    /// <param name="current">What is served now: it stays unless another one is significantly better.</param>
    /// <param name="step">Told what is being done.</param>
    public static RenewalPlan Choose(Interactions data, Split? split, RenewalPlan? current, TrainingContext context, Action<string> step)
    {
        var popularity = new RenewalPlan(ModelSpec.Popularity, ModelSpec.Popularity) { Stage = 1 };
        if (split is null) return popularity with { Why = "The events are of one moment, so models cannot be compared." };
        var holdout = split.Tuning;
        if (holdout.TestUsers < OfflineSampleUsers)
            return popularity with
            {
                Why = $"Models can be compared on {holdout.TestUsers} users, and {OfflineSampleUsers} are needed: until then popularity.",
            };
        List<ModelSpec> candidates = [.. CandidatesFor(data, holdout)];
        var present = candidates.FirstOrDefault(candidate => IsOf(current, candidate));
        if (present is null && current is { Pipeline: null }) candidates.Add(present = current.Model!);
        step($"Comparing {string.Join(", ", candidates.Select(candidate => candidate.Name))}");
        var options = new ComparisonOptions { Seed = context.Seed, Workers = context.Workers, Device = context.Device };
        // As they would be served: users whom a personal model says nothing to get what is popular by the best half-life.
        var forAll = ModelComparison.On(
            holdout, [.. candidates.Where(candidate => !candidate.IsPersonal)], options, context.Cancellation);
        var fallback = forAll.Winner.Spec;
        var comparison = ModelComparison.On(holdout, candidates, options with { Fallback = fallback }, context.Cancellation);
        var plan = From(comparison, fallback, present, data.Histories.Count, context);
        return plan with { Compared = ComparedConfiguration.AllOf(comparison) };
    }

    /// <summary>With fewer users the back-test itself is not to be trusted.</summary>
    private const int OfflineSampleUsers = Gate.OfflineChecks.FewestUsers;

    /// <summary>The models that the amount of data may feed; popularity first.</summary>
    internal static IReadOnlyList<ModelSpec> CandidatesFor(Interactions data, Holdout holdout)
    {
        var shortlist = Shortlist.For(holdout.Train).Entries.SelectMany(WithOtherHalfLives);
        int events = data.Histories.Count;
        bool isWarm = events >= Stage2 && WarmShare(holdout) >= LeastWarm;
        List<ModelSpec> candidates = [.. shortlist.Where(entry => entry.TrainerName != "implicit-als" || isWarm)];
        if (isWarm && data.Items.Count <= MostItemsOfEase) candidates.Add(ModelSpec.For(new Ease()));
        if (isWarm && events >= Stage3) candidates.Add(ModelSpec.For(new Bpr()));
        return candidates;
    }

    /// <summary>What is recent differs from time to time: a third and three times of a tenth of the data's span are tried, too.</summary>
    private static IEnumerable<ModelSpec> WithOtherHalfLives(ModelSpec model)
    {
        yield return model;
        if (model.IsPersonal || model.Options["halfLifeDays"] is not { } given || given.GetValue<double>() is var days && days == 0)
            yield break;
        foreach (double other in (double[])[days / 3, 3 * days])
            yield return ModelSpec.For(new Popularity { HalfLifeDays = OneDigit(other) });
    }

    private static double OneDigit(double value) =>
        double.Parse(value.ToString("G1", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);

    /// <returns>The share of the measured users with some history.</returns>
    internal static double WarmShare(Holdout holdout)
    {
        int warm = 0, users = 0;
        for (int user = 0; user < holdout.Test.Users.Count; user++)
        {
            if (holdout.Test.Histories.ItemsOf(user).IsEmpty) continue;
            users++;
            if (holdout.Known.Histories.ItemsOf(user).Length >= WarmEvents) warm++;
        }
        return users == 0 ? 0 : (double)warm / users;
    }

    private static bool IsOf(RenewalPlan? plan, ModelSpec model) => plan is { Pipeline: null }
        && model.TrainerName == plan.Model!.TrainerName && JsonNode.DeepEquals(model.Options, plan.Model.Options);

    /// <param name="fallback">What personal models were measured with.</param>
    /// <param name="served">What is served now, among the compared ones; null: nothing, or a pipeline.</param>
    private static RenewalPlan From(
        ModelComparison comparison, ModelSpec fallback, ModelSpec? served, int events, TrainingContext context)
    {
        bool IsBetterThan(ComparedModel a, ComparedModel b) => IsBetter(a, b, comparison.Leaderboard.Metric, context);
        string known = $"{events.ToString("N0", CultureInfo.InvariantCulture)} events.";
        // What was recent enough once need not be so now, and another half-life costs nothing: the best one, each time anew.
        var forAll = comparison.Models.First(model => !model.Spec.IsPersonal);
        var chosen = comparison.Winner;
        // Not by its fallback alone: it must be better than what everyone would get otherwise.
        if (!chosen.Spec.IsPersonal || !IsBetterThan(chosen, forAll))
        {
            return new(forAll.Spec, forAll.Spec)
            {
                Stage = 1,
                Why = $"{known} No personal model is significantly better than {forAll.Name}, the best of those that are the same for all.",
            };
        }
        string why = $"{known} {comparison.Advice}";
        // A model that is as good as the best one stays: to change for nothing helps nobody.
        var present = comparison.Models.FirstOrDefault(model => model.Name == served?.Name);
        if (present is { Spec.IsPersonal: true, AgainstBaseline.IsBetter: true } && present != chosen && !IsBetterThan(chosen, present))
            (chosen, why) = (present, $"{known} {present.Name} stays: {chosen.Name} is not significantly better.");
        return new(chosen.Spec, fallback) { Stage = events >= Stage3 ? 3 : 2, Why = why };
    }

    private static bool IsBetter(ComparedModel a, ComparedModel b, string metric, TrainingContext context) =>
        Significance.Compare(a.Report, b.Report, metric, context.Workers, context.Cancellation).IsBetter;
}
