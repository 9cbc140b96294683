using Kindred.Models;
using Kindred.Neural;
using Kindred.Tests.Models;
using Kindred.Tests.Support;

namespace Kindred.Native.Tests.Neural;

public sealed class NeuralTrainersTests
{
    [Fact]
    public void Every_trainer_is_a_sealed_record_in_the_list_and_under_contract()
    {
        Type[] trainers = [.. typeof(NeuralTrainer).Assembly.GetTypes().Where(t => t.IsAssignableTo(typeof(ITrainer)) && !t.IsAbstract)];
        Assert.Equal(trainers.Select(t => t.Name).Order(), NeuralTrainers.Entries.Select(e => e.Type.Name).Order());
        var contracts = typeof(NeuralTrainersTests).Assembly.GetTypes().Where(t => t.IsSubclassOf(typeof(ModelContract)))
            .Select(t => t.Name).ToHashSet();
        string readme = File.ReadAllText(Path.Combine(RealData.Root, "README.md"));
        foreach (var trainer in trainers)
        {
            Assert.True(trainer.IsSealed && trainer.GetMethod("<Clone>$") is not null, $"{trainer.Name} is not a sealed record");
            Assert.True(contracts.Contains($"{trainer.Name}Tests"), $"{trainer.Name} has no test that derives from ModelContract");
            Assert.Contains($"`{NeuralTrainers.Entries.First(e => e.Type == trainer).Summary.Name}`", readme);
        }
    }

    [Fact]
    public void The_library_serves_their_models_and_trains_them_only_when_they_are_added()
    {
        Assert.All(NeuralTrainers.Entries, entry =>
        {
            string name = entry.Summary.Name;
            Assert.Contains("kindred-neural", Assert.Throws<InputException>(() => TrainerCatalog.Default.Create(name)).Message);
            Assert.Equal(entry.Type, NeuralTrainers.Catalog.Create(name).GetType());
        });
        Assert.Equal(TrainerCatalog.Default.Entries.Keys.Concat(NeuralTrainers.Entries.Select(e => e.Summary.Name)),
            NeuralTrainers.Catalog.Entries.Keys);
    }

    /// <summary>A model can be trained again with the options that it was trained with, whatever they are called by now.</summary>
    [Fact]
    public void The_options_of_model_folders_of_format_1_are_understood()
    {
        foreach (string name in NeuralTrainers.Entries.Select(entry => entry.Summary.Name))
        {
            using var folder = ModelFolder.Open(Path.Combine(RealData.Root, "tests", "Kindred.Tests", "Models", "format-1", name));
            Assert.IsType(
                NeuralTrainers.Catalog.Find(name).Type, NeuralTrainers.Catalog.Create(folder.Manifest.Trainer, folder.Manifest.Options));
        }
    }
}
