using Kindred.Models;
using Kindred.Numerics;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace Kindred.Onnx;

/// <summary>Runs a model of one input, [candidates, features] of float32, for all candidates of a request at once.</summary>
/// <remarks>Any number of threads may call it. Its native memory is given back when nothing refers to it any more.</remarks>
internal sealed class OnnxScorer
{
    private readonly InferenceSession _session;
    private readonly string _input, _output;
    private readonly int _features;
    private readonly float _missing;

    /// <exception cref="InputException">ONNX Runtime is not here, or this is no model of such an input and a score of each
    /// candidate.</exception>
    public OnnxScorer(OnnxModel model, int threads)
    {
        (_features, _missing) = (model.Features.Count, model.Missing);
        _session = Open(model.Bytes.ToArray(), threads);
        try
        {
            _input = Named(model.Input, "input", _session.InputMetadata.Keys);
            _output = Named(model.Output, "output", _session.OutputMetadata.Keys);
            CheckInput(_session.InputMetadata[_input]);
            CheckOutput(_session.OutputMetadata[_output]);
            Score(new Matrix(2, _features), new double[2]); // what the shapes do not say is found now, not by a request
        }
        catch
        {
            _session.Dispose();
            throw;
        }
    }

    /// <param name="rows">[n, features]; NaN: not known.</param>
    /// <param name="scores">[n], overwritten.</param>
    /// <exception cref="InputException">The model fails, or gives something else than a score of each row.</exception>
    public void Score(Matrix rows, Span<double> scores)
    {
        if (rows.Columns != _features)
            throw new ArgumentException($"A row has {rows.Columns} values, but the model has {_features} features.", nameof(rows));
        if (scores.IsEmpty) return;
        var values = rows.Values[..(scores.Length * _features)];
        try
        {
            using var options = new RunOptions();
            using var input = OrtValue.CreateTensorValueFromMemory(
                OrtMemoryInfo.DefaultInstance, float.IsNaN(_missing) ? values : Filled(values.Span), [scores.Length, _features]);
            using var results = _session.Run(options, [_input], [input], [_output]);
            var given = results[0].GetTensorDataAsSpan<float>();
            int columns = given.Length / scores.Length;
            if (columns is not (1 or 2) || given.Length % scores.Length != 0)
                throw new InputException(
                    $"its output {_output} has {given.Length} values for {scores.Length} candidates; one of each, or two, is needed.");
            for (int n = 0; n < scores.Length; n++) scores[n] = given[(n * columns) + columns - 1];
        }
        catch (OnnxRuntimeException e)
        {
            throw new InputException($"ONNX Runtime cannot run it: {e.Message}", e);
        }
    }

    private static InferenceSession Open(byte[] bytes, int threads)
    {
        try
        {
            using var options = new SessionOptions
            {
                IntraOpNumThreads = threads,
                InterOpNumThreads = 1,
                ExecutionMode = ExecutionMode.ORT_SEQUENTIAL,
                LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR,
            };
            return new(bytes, options);
        }
        catch (OnnxRuntimeException e)
        {
            throw new InputException($"ONNX Runtime cannot open it: {e.Message}", e);
        }
        catch (Exception e) when ((e as TypeInitializationException)?.InnerException is DllNotFoundException || e is DllNotFoundException)
        {
            throw new InputException(
                "ONNX Runtime's library cannot be loaded: it is there for Linux and macOS on x64 and arm64, and for Windows.", e);
        }
    }

    private static string Named(string? given, string what, IEnumerable<string> there) =>
        given is null ? there.ToArray() is [var only] ? only
            : throw new InputException($"it has several {what}s; name one by {what}: {string.Join(", ", there)}.")
        : there.Contains(given) ? given
        : throw new InputException($"it has no {what} '{given}'; there is {string.Join(", ", there)}.");

    private void CheckInput(NodeMetadata input)
    {
        if (_session.InputMetadata.Count > 1)
            throw new InputException($"it has {_session.InputMetadata.Count} inputs; one is needed, [candidates, features].");
        CheckFloat(input, "input", _input);
        if (input.Dimensions is not [var batch, var features])
            throw new InputException(
                $"its input {_input} has {input.Dimensions.Length} dimensions; two are needed, [candidates, features].");
        if (batch >= 0)
            throw new InputException(
                $"its input {_input} takes {batch} candidates at a time; export it with a first dimension that is not fixed.");
        if (features >= 0 && features != _features)
            throw new InputException($"its input {_input} takes {features} features, and features names {_features}.");
    }

    private void CheckOutput(NodeMetadata output)
    {
        if (output.OnnxValueType != OnnxValueType.ONNX_TYPE_TENSOR)
            throw new InputException(
                $"its output {_output} is a map or a sequence; export it as a tensor (of scikit-learn: zipmap=False).");
        CheckFloat(output, "output", _output);
    }

    private static void CheckFloat(NodeMetadata node, string what, string name)
    {
        if (node.OnnxValueType != OnnxValueType.ONNX_TYPE_TENSOR || node.ElementDataType != TensorElementType.Float)
            throw new InputException($"its {what} {name} is no tensor of float32, which is needed.");
    }

    private float[] Filled(ReadOnlySpan<float> values)
    {
        float[] filled = values.ToArray();
        foreach (ref float value in filled.AsSpan())
            if (float.IsNaN(value)) value = _missing;
        return filled;
    }
}
