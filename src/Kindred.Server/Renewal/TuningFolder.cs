using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Kindred.Models;
using Kindred.Tuning;

namespace Kindred.Server.Renewal;

/// <summary>A search for better options, as its journal has it.</summary>
/// <param name="Journal">The name of its file.</param>
/// <param name="Trials">That were finished, by number.</param>
internal sealed record TuningSearch(
    string Journal, DateTimeOffset UpdatedAt, JsonObject Search, IReadOnlyList<Trial> Trials)
{
    /// <summary>Null: it does not run now.</summary>
    public SearchRun? Run { get; init; }

    public string Trainer => $"{Search["trainer"]}";

    public string Metric => $"{Search["metric"]}";

    /// <summary>The first trial, number 0 in the first format: the options that it was given; null: it has not ended yet.</summary>
    public Trial? Given => Trials.FirstOrDefault(trial => trial.Number == ($"{Search["version"]}" == "1" ? 0 : 1));

    /// <summary>Null: none succeeded.</summary>
    public Trial? Best => Trial.Ranked(Trials).FirstOrDefault(trial => trial.Value is not null);

    /// <summary>How much the best trial is above the options that were given; null: one of them is not known.</summary>
    public double? Gain => Best?.Value - Given?.Value;

    /// <returns>A trial's model as it is typed; null: this program does not know the model, or an option of it.</returns>
    public string? ModelOf(Trial trial, TrainerCatalog trainers)
    {
        try
        {
            var all = Search["fixed"]!.DeepClone().AsObject();
            foreach (var (name, value) in trial.Options) all[name] = value?.DeepClone();
            return ModelSpec.For(trainers.Create(Trainer, all)).Name;
        }
        catch (InputException)
        {
            return null;
        }
    }
}

/// <summary>The journals of searches that had a living folder as their data.</summary>
internal static class TuningFolder
{
    private const string Extension = ".jsonl";

    /// <returns>The file of a search: the same search has the same one, and after new events it is another search.</returns>
    public static string JournalOf(LivingFolder folder, TuningOptions options)
    {
        Directory.CreateDirectory(folder.Tuning);
        byte[] search = SHA256.HashData(Encoding.UTF8.GetBytes(Tuner.SearchOf(options).ToJsonString()));
        return Path.Combine(folder.Tuning, $"{options.Trainer.Summary.Name}-{Convert.ToHexStringLower(search)[..8]}{Extension}");
    }

    /// <returns>The newest first, those that run among them, without those that are damaged.</returns>
    public static IReadOnlyList<TuningSearch> List(LivingFolder folder)
    {
        if (!Directory.Exists(folder.Tuning)) return [];
        return
        [
            .. new DirectoryInfo(folder.Tuning).EnumerateFiles($"*{Extension}")
                .Select(file => Read(file) ?? RunningSearch.Read(file)).OfType<TuningSearch>()
                .OrderByDescending(search => search.UpdatedAt).ThenBy(search => search.Journal, StringComparer.Ordinal),
        ];
    }

    /// <returns>Null: a search runs and has it for itself, it is no journal, or it is damaged.</returns>
    private static TuningSearch? Read(FileInfo file)
    {
        try
        {
            return TuningJournal.Read(file.FullName) is not var (search, trials) ? null : new(
                file.Name, file.LastWriteTimeUtc, search, trials);
        }
        catch (InputException)
        {
            return null;
        }
    }
}
