using System.ComponentModel.DataAnnotations;
using Kindred.OnlineExperiments.Assignment;
using Kindred.OnlineExperiments.Design;
using Kindred.OnlineExperiments.Metrics;

namespace Kindred.OnlineExperiments;

/// <summary>Everything about an experiment that is fixed before it starts. Serializable.</summary>
public sealed record OnlineExperiment
{
    private const int MostMetrics = 100;

    public required string Name { get; init; }

    /// <summary>Deals units to arms; null: the name. Another salt deals them anew.</summary>
    public string? Salt { get; init; }

    public UnitHash Hash { get; init; }

    /// <summary>At least two; the first is control.</summary>
    public IReadOnlyList<ExperimentArm> Arms { get; init; } = [new("control"), new("treatment")];

    /// <summary>Part of all eligible units that takes part. Raising it moves nobody from one arm to another.</summary>
    [Range(0.0, 1.0)]
    public double Traffic { get; init; } = 1;

    /// <summary>Null: it may share units with any other experiment.</summary>
    public ExperimentLayer? Layer { get; init; }

    /// <summary>A condition on user and context in the language of rules; null: all.</summary>
    public string? Eligibility { get; init; }

    /// <summary>Unit → arm, for testers. Leave them out of the analysis: they were not drawn.</summary>
    public IReadOnlyDictionary<string, string> Forced { get; init; } = new Dictionary<string, string>();

    public IReadOnlyList<OnlineMetric> Metrics { get; init; } = [];

    public ExperimentDesign Design { get; init; } = new();

    /// <summary>What the arms get of the units, which adds up to 1.</summary>
    internal double[] Shares
    {
        get
        {
            double all = Arms.Sum(arm => arm.Weight);
            return [.. Arms.Select(arm => arm.Weight / all)];
        }
    }

    /// <exception cref="InputException">Something in it cannot be used.</exception>
    public void Check()
    {
        OptionCheck.Check(this);
        if (string.IsNullOrWhiteSpace(Name)) throw new InputException("The experiment has no name; give it one.", nameof(Name));
        if (Arms.Count < 2) throw new InputException($"Experiment '{Name}' needs two arms at least, control first.", nameof(Arms));
        foreach (var arm in Arms) OptionCheck.Check(arm);
        if (Repeated(Arms.Select(arm => arm.Name)) is { } name)
            throw new InputException($"Experiment '{Name}' has two arms named '{name}'.", nameof(Arms));
        if (!(Arms.Sum(arm => arm.Weight) > 0) || Arms[0].Weight == 0)
            throw new InputException($"Experiment '{Name}' gives control no traffic, so nothing can be compared with it.", nameof(Arms));
        if (Layer is { } layer && !(layer.From >= 0 && layer.From < layer.To && layer.To <= 1))
            throw new InputException(
                $"Experiment '{Name}' has the part {layer.From} to {layer.To} of layer '{layer.Name}'; it must lie within 0 to 1.",
                nameof(Layer));
        if (Forced.Values.FirstOrDefault(forced => Arms.All(arm => arm.Name != forced)) is { } unknown)
            throw new InputException($"Experiment '{Name}' forces a unit into arm '{unknown}', which it does not have.", nameof(Forced));
        if (Metrics.Count > MostMetrics)
            throw new InputException($"Experiment '{Name}' has {Metrics.Count} metrics; write at most {MostMetrics}.", nameof(Metrics));
        if (Repeated(Metrics.Select(metric => metric.Name)) is { } twice)
            throw new InputException($"Experiment '{Name}' has two metrics named '{twice}'.", nameof(Metrics));
        foreach (var metric in Metrics) metric.Check();
        Design.Check();
    }

    private static string? Repeated(IEnumerable<string> names) =>
        names.GroupBy(name => name, StringComparer.Ordinal).FirstOrDefault(group => group.Count() > 1)?.Key;
}
