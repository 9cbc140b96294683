using Kindred.Models;
using Kindred.OnlineExperiments.Assignment;
using Kindred.Reranking.Rules;

namespace Kindred.OnlineExperiments;

/// <summary>Says which arm a unit is in. Immutable; safe to share between threads.</summary>
/// <remarks>
/// Nothing is stored: salt and id decide, so every server and every later job says the same. Cost: one to three hashes of about 300 ns.
/// In this order: forced arms, the global holdout, the layer, the condition, the traffic.
/// </remarks>
public sealed class ExperimentAssigner
{
    private const int MostForced = 10_000;

    private readonly Dictionary<string, Prepared> _experiments = new(StringComparer.Ordinal);
    private readonly GlobalHoldout? _holdout;
    private readonly Interactions? _data;

    /// <param name="experiments">Those that run together.</param>
    /// <param name="holdout">Null: none.</param>
    /// <param name="data">Whose columns conditions ask for; null: no experiment has a condition.</param>
    /// <exception cref="InputException">
    /// Two experiments have one name or overlap in a layer, a range is none, or a condition cannot be used.
    /// </exception>
    public ExperimentAssigner(IReadOnlyList<OnlineExperiment> experiments, GlobalHoldout? holdout = null, Interactions? data = null)
    {
        ArgumentNullException.ThrowIfNull(experiments);
        if (holdout is not null && !(holdout.Share is >= 0 and <= 1))
            throw new InputException($"The share of the global holdout must be 0 to 1, was {holdout.Share}.");
        (_holdout, _data) = (holdout, data);
        foreach (var experiment in experiments)
        {
            experiment.Check();
            if (experiment.Forced.Count > MostForced)
                throw new InputException(
                    $"Experiment '{experiment.Name}' forces {experiment.Forced.Count:N0} units into arms; write at most {MostForced:N0}.");
            if (!_experiments.TryAdd(experiment.Name, Prepared.Of(experiment, data)))
                throw new InputException($"Two experiments are named '{experiment.Name}'; give each a name of its own.");
        }
        CheckLayers(experiments);
    }

    /// <returns>What the unit gets in an experiment.</returns>
    /// <param name="unit">The id of the user, or of the session of an anonymous visitor: the same kind in the whole experiment.</param>
    /// <param name="context">What conditions may ask of the request.</param>
    /// <exception cref="ArgumentException">There is no such experiment.</exception>
    public ArmAssignment Assign(string experiment, string unit, QueryContext? context = null)
    {
        ArgumentNullException.ThrowIfNull(unit);
        if (!_experiments.TryGetValue(experiment, out var prepared))
            throw new ArgumentException($"There is no experiment '{experiment}'.", nameof(experiment));
        var definition = prepared.Experiment;
        if (definition.Forced.Count > 0 && definition.Forced.TryGetValue(unit, out string? forced))
            return new(forced, AssignmentReason.Forced);
        // one salt each: what is held out is independent of what is assigned
        if (_holdout is not null && UnitHash.Sha256.Bucket(_holdout.Salt, unit) < _holdout.Share)
            return new(null, AssignmentReason.Holdout);
        if (definition.Layer is { } layer && !IsWithin(layer, LayerBucket(definition.Hash, layer, unit)))
            return new(null, AssignmentReason.OtherLayer);
        if (prepared.Eligibility is { } eligibility && !eligibility.Holds(new(UserOf(unit), context)))
            return new(null, AssignmentReason.NotEligible);
        int arm = ArmRanges.Choose(prepared.Ranges, definition.Hash.Bucket(definition.Salt ?? definition.Name, unit));
        return arm < 0 ? new(null, AssignmentReason.NoTraffic) : new(definition.Arms[arm].Name, AssignmentReason.Assigned);
    }

    /// <summary>GrowthBook's namespaces are hashed by its first version, salted with two underscores and the name.</summary>
    internal static double LayerBucket(UnitHash hash, ExperimentLayer layer, string unit) => hash == UnitHash.Sha256
        ? hash.Bucket(layer.Name, unit)
        : UnitHash.GrowthBook1.Bucket($"__{layer.Name}", unit);

    internal static bool IsWithin(ExperimentLayer layer, double bucket) => bucket >= layer.From && bucket < layer.To;

    private int UserOf(string unit) => _data is not null && _data.Users.TryGetIndex(unit, out int user) ? user : -1;

    private static void CheckLayers(IReadOnlyList<OnlineExperiment> experiments)
    {
        foreach (var layer in experiments.Where(e => e.Layer is not null).GroupBy(e => e.Layer!.Name, StringComparer.Ordinal))
        {
            if (layer.Select(e => e.Hash == UnitHash.Sha256).Distinct().Count() > 1)
                throw new InputException($"The experiments of layer '{layer.Key}' use different hashes, so their parts are not apart.");
            OnlineExperiment[] ordered = [.. layer.OrderBy(e => e.Layer!.From)];
            for (int n = 1; n < ordered.Length; n++)
                if (ordered[n].Layer!.From < ordered[n - 1].Layer!.To)
                    throw new InputException(
                        $"Experiments '{ordered[n - 1].Name}' and '{ordered[n].Name}' overlap in layer '{layer.Key}'; "
                        + $"begin the second at {ordered[n - 1].Layer!.To} or later.");
        }
    }

    private sealed record Prepared(OnlineExperiment Experiment, (double From, double To)[] Ranges, Eligibility? Eligibility)
    {
        public static Prepared Of(OnlineExperiment experiment, Interactions? data)
        {
            if (experiment.Eligibility is { } condition && data is null)
                throw new InputException(
                    $"Experiment '{experiment.Name}' has a condition, but no data to ask; remove it or give the data.");
            return new(experiment, ArmRanges.Of(experiment.Arms.Count, experiment.Traffic, experiment.Shares),
                experiment.Eligibility is null ? null
                    : Assignment.Eligibility.Parse(experiment.Name, experiment.Eligibility, RuleColumns.Of(data!)));
        }
    }
}
