using System.CommandLine;
using System.Globalization;
using Kindred.Evaluation.Metrics;

namespace Kindred.Cli.Options;

/// <summary>What is measured: the same for every verb that compares models.</summary>
internal sealed class MeasureOptions
{
    private readonly Option<string> _k = new("--k")
    {
        Description = "Lengths of the lists.",
        DefaultValueFactory = _ => "10,20",
        HelpName = "numbers",
    };
    private readonly Option<string?> _metric = new("--metric")
    {
        Description = "The metric that decides: one of `--metrics`, or rmse or mae for models of ratings. [default: NDCG at the first k]",
        HelpName = "name@k",
    };
    private readonly Option<string> _metrics = new("--metrics")
    {
        Description = "What is measured as well: accuracy, beyond (novelty, diversity, exposure …), debiased, or name@k, in any number.",
        DefaultValueFactory = _ => "beyond",
        HelpName = "names",
    };
    private readonly Option<string[]> _groupBy = new("--group-by")
    {
        Description = "An attribute of users or items by whose values the deciding metric is told apart, such as gender or genres.",
        HelpName = "attribute",
    };
    private readonly Option<int?> _sampled = new("--sampled-negatives")
    {
        Description = "Rank among so many items by lot instead of the whole catalogue: wrong, and only to reproduce papers.",
        HelpName = "count",
    };
    private readonly Option<string> _fallback = ModelSpec.FallbackOption(
        "The model that fills lists up where the measured one has nothing to say, as when served; none: each model alone.");

    /// <summary>Adds them to the verb.</summary>
    public MeasureOptions(CliCommand verb)
    {
        foreach (Option option in (Option[])[_k, _metric, _metrics, _groupBy, _sampled, _fallback]) verb.Options.Add(option);
    }

    /// <exception cref="InputException">A value does not fit.</exception>
    public ComparisonOptions RulesIn(ParseResult parse)
    {
        var cutOffs = new List<int>();
        foreach (string text in parse.GetRequiredValue(_k).Split(',', StringSplitOptions.TrimEntries))
        {
            if (!int.TryParse(text, CultureInfo.InvariantCulture, out int k) || k < 1)
                throw new InputException($"--k {parse.GetRequiredValue(_k)} is not a list of numbers from 1; write --k 10,20.");
            if (!cutOffs.Contains(k)) cutOffs.Add(k);
        }
        string fallback = parse.GetRequiredValue(_fallback);
        string[] more = parse.GetRequiredValue(_metrics).Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        int? sampled = parse.GetValue(_sampled);
        if (sampled < 1) throw new InputException($"--sampled-negatives must be at least 1, was {sampled}.");
        bool alone = fallback == "none" || sampled is not null; // papers that sample measure models alone
        return new(cutOffs, DecidingIn(parse, cutOffs[0]), alone ? null : ModelSpec.Parse(fallback))
        {
            More = more,
            GroupBy = parse.GetValue(_groupBy) ?? [],
            SampledNegatives = sampled,
        };
    }

    private string DecidingIn(ParseResult parse, int firstK) => CheckedMetric(parse.GetValue(_metric) ?? $"ndcg@{firstK}");

    /// <summary>Looked at before anything is done, as far as that goes without the data.</summary>
    /// <exception cref="InputException">There is no such metric.</exception>
    public static string CheckedMetric(string text)
    {
        if (RatingComparison.Measure(text)) return text;
        string[] sides = text.Split('@', 2);
        if (!MetricCatalog.Names.Contains(sides[0].Split(':')[0], StringComparer.OrdinalIgnoreCase))
            throw new InputException($"There is no metric '{text}'; there are {string.Join(", ", MetricCatalog.Names)}, with a length of the list: ndcg@10.");
        if (sides.Length == 2 && !(int.TryParse(sides[1], CultureInfo.InvariantCulture, out int k) && k > 0))
            throw new InputException($"The length of the list in --metric {text} must be a number from 1.");
        return text;
    }
}
