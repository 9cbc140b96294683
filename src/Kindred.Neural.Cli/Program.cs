using Kindred.Cli;
using Kindred.Cli.Options;
using Kindred.Neural;
using Kindred.Onnx;
using Kindred.Text;

// loaded when a living folder names texts, and not before: 90 MB
var embedder = new Lazy<TextEmbedder>(() => new(new MiniLmGenerator()));
using var interruption = new ShutdownSignal();
return await CommandLine.Run(args, interruption.Token, new()
{
    Trainers = NeuralTrainers.Catalog.WithOnnxRankers(),
    ServedTexts = new(MiniLmGenerator.ModelId, (texts, cancellation) => embedder.Value.EmbedAsync(texts, cancellation)),
    TrainCrossNetwork = CrossNetworkTraining.Train,
    EmbedTexts = async (texts, progress, cancellation) =>
    {
        using var generator = new MiniLmGenerator(texts.Threads);
        var counting = new TextEmbedder(generator) { Cache = texts.Cache, Progress = progress };
        var vectors = await counting.EmbedAsync(texts.Texts, cancellation);
        return new(vectors, counting.Embedded);
    },
});
