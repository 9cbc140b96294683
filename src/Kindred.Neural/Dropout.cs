using System.Buffers;
using Kindred.Numerics;
using TorchSharp;
using static TorchSharp.torch;

namespace Kindred.Neural;

/// <summary>
/// Sets values to zero by chance and enlarges the others. N. Srivastava et al., "Dropout: A Simple Way to Prevent Neural Networks from
/// Overfitting", JMLR 2014. Which ones, our generator says and not Torch's, so that a run can be repeated and resumed to the bit.
/// </summary>
/// <remarks>The rate is rounded to 1/256, so that a draw is one byte. The masks live until this is disposed, as their gradients need
/// them.</remarks>
internal sealed class Dropout(float rate, Rng rng, Device device) : IDisposable
{
    private readonly int _dropped = (int)MathF.Round(rate * 256);
    private readonly List<float[]> _masks = [];

    public Tensor Apply(Tensor x)
    {
        if (_dropped == 0) return x;
        int count = checked((int)x.numel());
        float[] mask = ArrayPool<float>.Shared.Rent(count);
        _masks.Add(mask);
        Fill(mask.AsSpan(0, count));
        var factors = frombuffer(mask, ScalarType.Float32, count).view(x.shape);
        return x * (device.type == DeviceType.CPU ? factors : factors.to(device));
    }

    private void Fill(Span<float> mask)
    {
        float kept = 256f / (256 - _dropped);
        int n = 0;
        for (; n + sizeof(ulong) <= mask.Length; n += sizeof(ulong))
        {
            ulong bits = rng.NextUInt64();
            foreach (ref float factor in mask.Slice(n, sizeof(ulong)))
            {
                factor = (byte)bits < _dropped ? 0 : kept;
                bits >>= 8;
            }
        }
        for (; n < mask.Length; n++) mask[n] = (byte)rng.NextUInt64() < _dropped ? 0 : kept;
    }

    public void Dispose()
    {
        foreach (float[] mask in _masks) ArrayPool<float>.Shared.Return(mask);
        _masks.Clear();
    }
}
