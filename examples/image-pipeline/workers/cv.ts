// The part of OpenCV that is used here, declared structurally: the package's own types need a browser's.

export interface Freeable { delete(): void }

export interface Mat extends Freeable {
  readonly rows: number
  readonly cols: number
  readonly data: Uint8Array
  readonly data32F: Float32Array
  readonly data64F: Float64Array
  readonly data32S: Int32Array
  roi(rectangle: Rectangle): Mat
  copyTo(target: Mat): void
  setTo(value: readonly number[]): void
  convertTo(target: Mat, type: number, scale?: number, offset?: number): void
}

export interface Size { readonly width: number; readonly height: number }
export interface Rectangle extends Size { readonly x: number; readonly y: number }

export interface Constants {
  readonly CV_8UC1: number
  readonly CV_8UC3: number
  readonly CV_32F: number
  readonly CV_32FC2: number
  readonly CV_64F: number
  readonly COLOR_RGB2GRAY: number
  readonly INTER_AREA: number
  readonly INTER_LINEAR: number
  readonly BORDER_REPLICATE: number
  readonly TM_CCOEFF_NORMED: number
  readonly MORPH_RECT: number
  readonly MORPH_CLOSE: number
  readonly THRESH_BINARY: number
}

export interface Cv extends Constants {
  readonly Mat: { new (): Mat; new (rows: number, columns: number, type: number): Mat }
  readonly Size: new (width: number, height: number) => Size
  readonly Rect: new (x: number, y: number, width: number, height: number) => Rectangle

  cvtColor(source: Mat, target: Mat, code: number): void
  resize(source: Mat, target: Mat, size: Size, scaleX: number, scaleY: number, interpolation: number): void
  Sobel(source: Mat, target: Mat, depth: number, orderX: number, orderY: number): void
  cartToPolar(across: Mat, down: Mat, length: Mat, angle: Mat): void
  getStructuringElement(shape: number, size: Size): Mat
  morphologyEx(source: Mat, target: Mat, operation: number, kernel: Mat): void
  subtract(one: Mat, other: Mat, target: Mat): void
  divide(one: Mat, other: Mat, target: Mat, scale: number): void
  threshold(source: Mat, target: Mat, limit: number, value: number, kind: number): number
  connectedComponentsWithStats(source: Mat, labels: Mat, statistics: Mat, centres: Mat, connectivity: number): number
  flip(source: Mat, target: Mat, code: number): void
  mean(source: Mat): readonly number[]
  warpAffine(source: Mat, target: Mat, matrix: Mat, size: Size, interpolation: number, border: number): void
  getPerspectiveTransform(from: Mat, to: Mat): Mat
  warpPerspective(source: Mat, target: Mat, matrix: Mat, size: Size, interpolation: number, border: number): void
  matchTemplate(source: Mat, template: Mat, target: Mat, method: number): void
  minMaxLoc(source: Mat): { readonly maxVal: number }
  GaussianBlur(source: Mat, target: Mat, size: Size, sigma: number): void
}
