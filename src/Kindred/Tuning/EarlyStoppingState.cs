using System.Text.Json.Nodes;
using Kindred.Models;
using Kindred.Storage;

namespace Kindred.Tuning;

/// <summary>
/// What early stopping knows after each epoch, beside the checkpoints of the run it watches: killed at any moment, it continues to the same
/// end.
/// </summary>
/// <remarks>
/// Two sealed folders: what every epoch was worth, and the model of the best. An epoch is written here before its checkpoint is, so what is
/// found here reaches as far as the checkpoint, or one epoch further, which is then run and measured again.
/// </remarks>
internal sealed class EarlyStoppingState(
    string folder, ITrainer trainer, int seed, string metric, Interactions train, TrainerCatalog trainers)
{
    private const string MeasuredKind = "kindred early stopping", BestKind = "kindred best epoch", File = "model.safetensors";

    private const int Version = 1;

    private readonly string _name = trainer.Summary.Name;

    internal sealed record Measured(string Trainer, JsonObject Options, int Seed, string Metric, int Events, LearningPoint[] Points);

    internal sealed record Best(int Epoch);

    private string MeasuredFolder => Path.Combine(folder, "measured");

    private string BestFolder => Path.Combine(folder, "best");

    /// <returns>One point for each measured epoch; empty: nothing is kept yet.</returns>
    /// <exception cref="InputException">It is of another run.</exception>
    public IReadOnlyList<LearningPoint> Points()
    {
        if (!SealedFolder.Is(MeasuredFolder, MeasuredKind)) return [];
        using var sealedFolder = SealedFolder.Open(MeasuredFolder, MeasuredKind, Version);
        var (kept, mine) = (sealedFolder.Contents(TuningJson.Kept.Measured), Of([]));
        string? differs = kept.Trainer != mine.Trainer ? "trainer"
            : !JsonNode.DeepEquals(kept.Options, mine.Options) ? "options"
            : kept.Seed != mine.Seed ? "seed" : kept.Metric != mine.Metric ? "metric" : kept.Events != mine.Events ? "data" : null;
        if (differs is not null)
            throw new InputException(
                $"{folder} keeps early stopping with other {differs}; name another folder, or remove it to begin anew.");
        return kept.Points;
    }

    /// <summary>The model of the best epoch; it maps its file, so nothing more may be written.</summary>
    /// <exception cref="InputException">It is missing or damaged.</exception>
    public IModel Model(int epoch)
    {
        var sealedFolder = SealedFolder.Open(BestFolder, BestKind, Version);
        int kept = sealedFolder.Contents(TuningJson.Kept.Best).Epoch;
        if (kept != epoch) throw new InputException($"{BestFolder} keeps epoch {kept} instead of {epoch}; remove {folder} to begin anew.");
        return trainers.Load(_name, sealedFolder.Tensors(File), train.Items);
    }

    public void Write(IReadOnlyList<LearningPoint> points, int best, IModel? model)
    {
        Directory.CreateDirectory(folder);
        if (model is not null)
        {
            var writer = new TensorWriter();
            model.Save(writer);
            SealedFolder.Write(BestFolder, BestKind, Version, new Best(best), [(File, writer)], contract: TuningJson.Kept.Best);
        }
        SealedFolder.Write(MeasuredFolder, MeasuredKind, Version, Of([.. points]), [], contract: TuningJson.Kept.Measured);
    }

    private Measured Of(LearningPoint[] points) => new(_name, TrainerOptions.Of(trainer), seed, metric, train.Histories.Count, points);
}
