using Kindred.Models;
using Kindred.Models.Graphs;
using Kindred.Models.Sequences;
using Kindred.Models.Towers;

namespace Kindred.Neural;

/// <summary>The visible list of this project's trainers.</summary>
public static class NeuralTrainers
{
    /// <summary>Those of the library and these.</summary>
    public static TrainerCatalog Catalog => TrainerCatalog.Default.With(Entries);

    public static IReadOnlyList<TrainerEntry> Entries { get; } =
    [
        TrainerEntry.Of<TwoTower>(TowerModel.Load, TwoTower.Space),
        TrainerEntry.Of<PinSage>(HistoryMean.Load, PinSage.Space),
        TrainerEntry.Of<Bert4Rec>(Transformer.Load, Bert4Rec.Space),
        TrainerEntry.Of<Gru4Rec>(GatedRecurrence.Load, Gru4Rec.Space),
        TrainerEntry.Of<SasRec>(Transformer.Load, SasRec.Space),
    ];
}
