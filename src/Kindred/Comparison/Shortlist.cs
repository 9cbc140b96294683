using System.Text.Json.Nodes;
using Kindred.Data;
using Kindred.Models;

namespace Kindred.Comparison;

/// <summary>Which models to try first on data of this kind, and why; and which not.</summary>
/// <param name="Entries">Each with its reason, the simplest first; the first is popularity, the baseline.</param>
/// <param name="LeftOut">One sentence for each model that has no chance on this data.</param>
internal sealed record Shortlist(IReadOnlyList<ModelSpec> Entries, IReadOnlyList<string> LeftOut)
{
    /// <summary>In less time nothing is more recent than anything else.</summary>
    private static readonly TimeSpan ShortestSpan = TimeSpan.FromMinutes(15);

    /// <param name="data">What the models will be trained on.</param>
    public static Shortlist For(Interactions data) => For(DataProfile.For(data));

    /// <param name="profile">Of the data the models will be trained on.</param>
    public static Shortlist For(DataProfile profile)
    {
        List<ModelSpec> entries = [EntryOf("popularity", [], "The baseline: a model that is not better than this has no reason to be.")];
        var leftOut = new List<string>();
        void Judge(string use, Func<string, ModelSpec> entry)
        {
            var suitability = profile.Suitability.First(s => s.Use == use);
            bool isOfOneMoment = use == "recent popularity" && profile.Last - profile.First < ShortestSpan;
            if (suitability.Fit == Adequacy.No || isOfOneMoment) leftOut.Add($"{use}: {suitability.Reason}");
            else entries.Add(entry(suitability.Reason));
        }

        Judge("recent popularity", reason =>
        {
            double days = HalfLifeFor(profile);
            return EntryOf("popularity", new() { ["halfLifeDays"] = days },
                $"{reason} What was popular lately may say more: an event counts half after {days} days, a tenth of that.");
        });
        Judge("item-knn", reason => EntryOf("item-knn", [], reason));
        Judge("implicit-als", reason => EntryOf("implicit-als", [], reason));
        return new(entries, leftOut);
    }

    /// <summary>A tenth of the data's span as a round number: "recent" is years for films, hours for news.</summary>
    private static double HalfLifeFor(DataProfile profile) => OneDigit(Math.Max(.001, (profile.Last - profile.First)?.TotalDays / 10 ?? 0));

    private static double OneDigit(double value)
    {
        double unit = Math.Pow(10, Math.Floor(Math.Log10(value)));
        return (double)(decimal)(Math.Round(value / unit) * unit);
    }

    private static ModelSpec EntryOf(string trainer, JsonObject options, string why) =>
        ModelSpec.For(TrainerCatalog.Default.Create(trainer, options)) with { Why = why };
}
