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
        Assert.Equal(trainers.Select(t => t.Name).Order(), NeuralTrainers.Entries.Values.Select(e => e.Type.Name).Order());
        var contracts = typeof(NeuralTrainersTests).Assembly.GetTypes().Where(t => t.IsSubclassOf(typeof(ModelContract))).Select(t => t.Name).ToHashSet();
        string readme = File.ReadAllText(Path.Combine(RealData.Root, "README.md"));
        foreach (var trainer in trainers)
        {
            Assert.True(trainer.IsSealed && trainer.GetMethod("<Clone>$") is not null, $"{trainer.Name} is not a sealed record");
            Assert.True(contracts.Contains($"{trainer.Name}Tests"), $"{trainer.Name} has no test that derives from ModelContract");
            Assert.Contains($"`{NeuralTrainers.Entries.First(e => e.Value.Type == trainer).Key}`", readme);
        }
    }

    [Fact]
    public void Added_again_they_change_nothing_and_another_trainer_of_the_name_is_refused()
    {
        NeuralTrainers.Register();
        int count = TrainerCatalog.Entries.Count;
        NeuralTrainers.Register();
        Assert.Equal(count, TrainerCatalog.Entries.Count);
        var other = TrainerCatalog.Find("popularity");
        Assert.Throws<ArgumentException>(() => TrainerCatalog.Add(new Dictionary<string, TrainerCatalog.Entry> { ["sasrec"] = other }));
    }

    /// <summary>A model can be trained again with the options that it was trained with, whatever they are called by now.</summary>
    [Fact]
    public void The_options_of_model_folders_of_format_1_are_understood()
    {
        NeuralTrainers.Register();
        foreach (string name in NeuralTrainers.Entries.Keys)
        {
            using var folder = ModelFolder.Open(Path.Combine(RealData.Root, "tests", "Kindred.Tests", "Models", "format-1", name));
            Assert.Equal(name, TrainerCatalog.NameOf(TrainerCatalog.Create(folder.Manifest.Trainer, folder.Manifest.Options)));
        }
    }
}
