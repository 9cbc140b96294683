using Kindred.Models;
using Kindred.Models.Graphs;
using Kindred.Models.Sequences;
using Kindred.Models.Towers;

namespace Kindred.Neural;

/// <summary>The visible list of this project's trainers.</summary>
public static class NeuralTrainers
{
    public static IReadOnlyDictionary<string, TrainerCatalog.Entry> Entries { get; } = new Dictionary<string, TrainerCatalog.Entry>(StringComparer.Ordinal)
    {
        ["two-tower"] = TrainerCatalog.Entry.Of<TwoTower>(TowerModel.Load, TwoTower.Space),
        ["pinsage"] = TrainerCatalog.Entry.Of<PinSage>(HistoryMean.Load, PinSage.Space),
        ["bert4rec"] = TrainerCatalog.Entry.Of<Bert4Rec>(Transformer.Load, Bert4Rec.Space),
        ["gru4rec"] = TrainerCatalog.Entry.Of<Gru4Rec>(GatedRecurrence.Load, Gru4Rec.Space),
        ["sasrec"] = TrainerCatalog.Entry.Of<SasRec>(Transformer.Load, SasRec.Space),
    };

    /// <summary>Makes them known to <see cref="TrainerCatalog"/>, and so to everything that takes a trainer by name.</summary>
    public static void Register() => TrainerCatalog.Add(Entries);
}
