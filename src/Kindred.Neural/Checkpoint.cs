using System.IO.Hashing;
using System.Runtime.InteropServices;
using System.Text.Json.Nodes;
using Kindred.Models;
using Kindred.Storage;

namespace Kindred.Neural;

/// <summary>
/// The state of a run after its last whole epoch, in a folder: one sealed folder for each epoch, the older ones removed once the new one is
/// complete. Killed at any moment, the run continues from the last complete one and ends with the same bits.
/// </summary>
internal sealed class Checkpoint(string folder, NeuralTrainer options, int seed, Interactions interactions)
{
    private const string Kind = "kindred checkpoint", File = "state.safetensors";

    private const int Version = 1;

    private readonly string _data = Fingerprint(interactions);

    /// <param name="Epoch">Finished.</param>
    /// <param name="Data">Hash of the histories.</param>
    private sealed record State(string Trainer, JsonObject Options, int Seed, string Data, int Epoch);

    /// <summary>Overwrites parameters and moments by those of the newest checkpoint.</summary>
    /// <returns>The epochs that were finished; 0: there is none.</returns>
    /// <exception cref="InputException">It is of another run.</exception>
    public int Restore(ParameterSet parameters, AdamW adam)
    {
        if (!Directory.Exists(folder) || SealedFolder.In(folder, Kind) is not [var newest, ..]) return 0;
        using var sealedFolder = SealedFolder.Open(newest, Kind, Version);
        var state = sealedFolder.Contents<State>();
        var mine = StateOf(state.Epoch);
        string? differs = state.Trainer != mine.Trainer ? "trainer"
            : !JsonNode.DeepEquals(state.Options, mine.Options) ? "options"
            : state.Seed != mine.Seed ? "seed" : state.Data != mine.Data ? "data" : null;
        if (differs is not null)
            throw new InputException($"{folder} keeps a run with other {differs}; name another folder, or remove it to begin anew.");
        var file = sealedFolder.Tensors(File);
        for (int n = 0; n < parameters.Names.Count; n++)
        {
            ParameterSet.Set(parameters.Tensors[n], file.Matrix(parameters.Names[n]));
            ParameterSet.Set(adam.Means[n], file.Matrix($"{parameters.Names[n]}.mean"));
            ParameterSet.Set(adam.Squares[n], file.Matrix($"{parameters.Names[n]}.square"));
        }
        return state.Epoch;
    }

    public void Write(int epoch, ParameterSet parameters, AdamW adam)
    {
        Directory.CreateDirectory(folder);
        var old = SealedFolder.In(folder, Kind);
        var writer = new TensorWriter();
        for (int n = 0; n < parameters.Names.Count; n++)
        {
            writer.Add(parameters.Names[n], ParameterSet.MatrixOf(parameters.Tensors[n]));
            writer.Add($"{parameters.Names[n]}.mean", ParameterSet.MatrixOf(adam.Means[n]));
            writer.Add($"{parameters.Names[n]}.square", ParameterSet.MatrixOf(adam.Squares[n]));
        }
        SealedFolder.Write(Path.Combine(folder, $"epoch-{epoch}"), Kind, Version, StateOf(epoch), [(File, writer)]);
        foreach (string path in old) Directory.Delete(path, recursive: true);
    }

    private State StateOf(int epoch) => new(options.Summary.Name, TrainerOptions.Of(options), seed, _data, epoch);

    private static string Fingerprint(Interactions interactions)
    {
        var hash = new XxHash128();
        hash.Append(MemoryMarshal.AsBytes(interactions.Histories.Starts.Span));
        hash.Append(MemoryMarshal.AsBytes(interactions.Histories.Items.Span));
        return Convert.ToHexStringLower(hash.GetCurrentHash());
    }
}
