using Microsoft.AspNetCore.RequestDecompression;

namespace Kindred.Server.Endpoints;

/// <summary>A body that is decompressed while it is read. That it is damaged is the sender's fault in every format.</summary>
internal sealed class UnpackedBody(Stream unpacked) : Stream
{
    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <summary>Makes every body that is decompressed one of these.</summary>
    public static void Check(RequestDecompressionOptions options)
    {
        foreach (var (encoding, provider) in options.DecompressionProviders.ToArray())
            options.DecompressionProviders[encoding] = new Provider(provider);
    }

    /// <exception cref="InputException">It is damaged.</exception>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        try
        {
            return await unpacked.ReadAsync(buffer, cancellationToken);
        }
        catch (Exception e) when (e is InvalidDataException or InvalidOperationException) // gzip and deflate, Brotli
        {
            throw new InputException("The body is not what its Content-Encoding says, or it is damaged; send it again.", e);
        }
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    /// <remarks>The server allows no reads that block.</remarks>
    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Flush() { }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing) unpacked.Dispose();
        base.Dispose(disposing);
    }

    private sealed class Provider(IDecompressionProvider provider) : IDecompressionProvider
    {
        public Stream GetDecompressionStream(Stream stream) => new UnpackedBody(provider.GetDecompressionStream(stream));
    }
}
