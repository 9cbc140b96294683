using Kindred.Cli;
using Kindred.Cli.Options;
using Kindred.Neural;
using Kindred.Text;

using var interruption = new ShutdownSignal();
return await CommandLine.Run(args, interruption.Token, new()
{
    Trainers = NeuralTrainers.Catalog,
    TrainCrossNetwork = CrossNetworkTraining.Train,
    EmbedTexts = async (texts, progress, cancellation) =>
    {
        using var generator = new MiniLmGenerator(texts.Threads);
        return await new TextEmbedder(generator) { Cache = texts.Cache, Progress = progress }.EmbedAsync(texts.Texts, cancellation);
    },
});
