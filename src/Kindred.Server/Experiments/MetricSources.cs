using Kindred.OnlineExperiments.Metrics;

namespace Kindred.Server.Experiments;

/// <summary>What an event adds to the metrics of an experiment.</summary>
internal sealed class MetricSources
{
    /// <summary>What the server itself knows of each answer: ms, 1 for a list without items, 1 where control had to answer for an
    /// arm.</summary>
    public const string Latency = "latency", Empty = "empty", Failed = "failed";

    /// <summary>The other answers: 1 for a list with items, 1 where the arm itself answered. What is nearly always so has a lift that
    /// few units show, unlike what is nearly never so.</summary>
    public const string Filled = "filled", Answered = "answered";

    private const string Counted = "count:";

    private readonly Dictionary<string, List<Part>> _byType = new(StringComparer.Ordinal);

    public MetricSources(IReadOnlyList<OnlineMetric> metrics)
    {
        for (int n = 0; n < metrics.Count; n++)
        {
            Add(metrics[n].Source ?? metrics[n].Name, n, isDenominator: false);
            if (metrics[n].Denominator is { } denominator) Add(denominator, n, isDenominator: true);
        }
    }

    public static IReadOnlyList<string> OfAnswers { get; } = [Latency, Empty, Failed, Filled, Answered];

    /// <returns>The types of events, or things of <see cref="OfAnswers"/>, that a metric adds up or counts.</returns>
    public static IEnumerable<string> TypesOf(OnlineMetric metric) => new[] { metric.Source ?? metric.Name, metric.Denominator }
        .OfType<string>().Select(TypeOf);

    /// <returns>Numbers of the metrics that a type of events, or something of <see cref="OfAnswers"/>, adds to.</returns>
    public IReadOnlyList<Part> For(string type) => _byType.TryGetValue(type, out var parts) ? parts : [];

    private void Add(string source, int metric, bool isDenominator)
    {
        bool counts = source.StartsWith(Counted, StringComparison.Ordinal);
        string type = TypeOf(source);
        if (!_byType.TryGetValue(type, out var parts)) _byType.Add(type, parts = []);
        parts.Add(new(metric, isDenominator, counts));
    }

    private static string TypeOf(string source) =>
        source.StartsWith(Counted, StringComparison.Ordinal) ? source[Counted.Length..] : source;

    /// <param name="Counts">It is counted, whatever its value.</param>
    internal readonly record struct Part(int Metric, bool IsDenominator, bool Counts);
}
